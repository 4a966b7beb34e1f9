/** scripts/try_wsl.sh, which the public host's Windows runs, against the simulated one. */
import { equal, match } from "node:assert/strict";
import { lacks } from "../contract/needs.ts";
import { installCommand } from "../end_to_end/command/guest_terminal.ts";
import { scenario } from "../end_to_end/scenario.ts";
import { REPOSITORY } from "../simulated/namespaces.ts";

const STORY = `${REPOSITORY}scripts/try_wsl.sh`;

if (!lacks("root")) {
  scenario("try_wsl.sh finds that the story holds", async (lab) => {
    await installCommand(lab);
    const { code, stdout, stderr } = await lab.guest.spawn(["/bin/sh", STORY, "wslfwd"]).exit;
    equal(code, 0, stdout + stderr);
    match(stdout, /^All of the story holds\.$/m);
    equal((await lab.windows.state()).entries.length, 0);
  });

  scenario("try_wsl.sh says what does not hold, shows what wslfwd printed, and cleans up", async (lab) => {
    await installCommand(lab);
    const { code, stdout } = await lab.guest.spawn(["/bin/sh", STORY, "wslfwd"]).exit;
    equal(code, 1);
    match(stdout, /^FAILED: why: the port cannot be reached$[^]*^wslfwd printed:$[^]*"type":"ready"/m);
    equal((await lab.windows.state()).entries.length, 0);
  }, { ipHelper: "stopped" });
}
