/** The script that starts a wslfwd which a package manager has installed. */
import { RUNTIME_FLAGS } from "../../src/daemon/launch/self_command.ts";
import manifest from "../../deno.json" with { type: "json" };
import template from "./launch.sh" with { type: "text" };

/** Its text. It looks for `wslfwd.js` beside itself, and for the runtime as `wslfwd` beside itself or as npm has it. */
export function renderLauncher(): string {
  return template.replace("@VERSION@", manifest.version).replace("@RUNTIME_FLAGS@", RUNTIME_FLAGS.join(" "));
}
