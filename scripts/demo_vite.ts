import { installFromNpm } from "../tests/end_to_end/npm_folder.ts";
import type { Lab } from "../tests/simulated/lab.ts";
import { show, showMore, showTyped } from "./demo_scenes.ts";

const PORT = 5173;
const PAGE = '<!doctype html><title>My shop</title><script type="module" src="/main.js"></script>';

/**
 * The first act: a vite as it comes, on 127.0.0.1, and `wslfwd 5173`. Takes root of this machine, Node and npm; false where vite cannot
 * be had.
 */
export async function playVite(lab: Lab): Promise<boolean> {
  const folder = await installFromNpm("vite");
  if (folder === null) return false;
  await Deno.writeTextFile(`${folder}/index.html`, PAGE);
  await Deno.writeTextFile(`${folder}/main.js`, "");
  showTyped("guest", "$ npx vite");
  const vite = lab.guest.spawn(["/usr/bin/node", "node_modules/vite/bin/vite.js"], {
    cwd: folder,
    env: { NO_COLOR: "1" },
  });
  const [line] = await vite.waitForLine(/Local: .*$/, 30_000);
  showMore(line!);
  showTyped("guest", `$ sudo wslfwd ${PORT}`);
  const wslfwd = lab.wslfwd([`${PORT}`]);
  const [url] = await wslfwd.waitForLine(/^✓ http:.*/, 20_000);
  // The folder is one of this run alone.
  show("wslfwd", url!.replace(folder, "~/shop"));
  const { text } = await lab.lan.waitForOpen(PORT);
  showTyped("LAN", `GET http://192.168.50.1:${PORT}/`);
  showMore(/<title>.*<\/title>/.exec(text)?.[0] ?? "no page");
  showTyped("guest", "^C (wslfwd ends)");
  await wslfwd.kill("SIGINT");
  await wslfwd.exit;
  await lab.lan.waitForClosed(PORT);
  showTyped("LAN", `GET http://192.168.50.1:${PORT}/`);
  showMore("nothing answers");
  await vite.kill("SIGKILL");
  await vite.exit;
  return true;
}
