/** What `why` says of real servers that look at the Host header: each as it comes, and with the setting that it names. */
import { deepStrictEqual as equal, match } from "node:assert/strict";
import { askByHosts, type ServerKind } from "../../src/diagnose/why/host_answers.ts";
import { checkHostHeader } from "../../src/diagnose/why/host_links.ts";
import { installFromNpm } from "./npm_folder.ts";
import { print } from "./print.ts";

const LAN_ADDRESS = "192.168.50.1";
/** How long a server may take to begin, in milliseconds. */
const START_MS = 60_000;

/** A server, as it comes and with the setting. */
interface Server {
  readonly kind: ServerKind;
  /** What it is started with for a port; `isOpen`: with the setting. */
  readonly argv: (port: number, isOpen: boolean) => readonly [string, ...string[]];
  readonly folder: string;
  /** What `why` says of it as it comes. */
  readonly mark: "note" | "failed";
  readonly advice: RegExp;
}

/** Starts a server, waits until it answers this machine, and tells what is found of it. */
async function examine({ argv, folder }: Server, isOpen: boolean) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  listener.close();
  const [path, ...args] = argv(port, isOpen);
  const child = new Deno.Command(path, {
    args,
    cwd: folder,
    env: { HOME: folder },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    const deadlineMs = performance.now() + START_MS;
    for (;;) {
      const hosts = await askByHosts("127.0.0.1", port, LAN_ADDRESS);
      if (hosts !== null && hosts.local !== null) {
        return { hosts, finding: checkHostHeader({ hosts, sockets: [] }) };
      }
      if (performance.now() > deadlineMs) throw new Error(`${path} ${args.join(" ")} does not answer`);
      // What it says before it listens differs with its version.
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } finally {
    child.kill("SIGKILL");
    await child.status;
  }
}

function test(name: string, server: Server): void {
  Deno.test(`why knows ${name} by its refusal, and names the setting that mends it`, async () => {
    const { hosts, finding } = await examine(server, false);
    equal([hosts.kind, finding?.mark], [server.kind, server.mark], JSON.stringify(hosts));
    match(finding!.remedy!, server.advice);
    const after = await examine(server, true);
    equal(after.finding, null, JSON.stringify(after.hosts));
  });
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    print(`A test is skipped: there is no ${path}`);
    return false;
  }
}

const hasNode = isThere("/usr/bin/node");
const vite = hasNode ? await installFromNpm("vite") : null;
if (vite !== null) {
  await Deno.writeTextFile(`${vite}/index.html`, "<!doctype html><title>vite</title>");
  await Deno.writeTextFile(`${vite}/open.config.js`, "export default { server: { allowedHosts: true } };");
  test("vite", {
    kind: "vite",
    folder: vite,
    argv: (port, isOpen) => [
      ...["/usr/bin/node", "node_modules/vite/bin/vite.js", "--host", "127.0.0.1", "--port"] as const,
      ...[`${port}`, ...isOpen ? ["--config", "open.config.js"] : []],
    ],
    mark: "note",
    advice: /^server\.allowedHosts in vite\.config\.js$/,
  });
}

const webpack = hasNode ? await installFromNpm("webpack-dev-server", "webpack", "webpack-cli") : null;
if (webpack !== null) {
  await Deno.mkdir(`${webpack}/src`);
  await Deno.writeTextFile(`${webpack}/src/index.js`, "document.title = 'webpack';");
  const config = (more: string) =>
    `export default { mode: "development", devServer: { host: "127.0.0.1"${more} } };`;
  await Deno.writeTextFile(`${webpack}/webpack.config.js`, config(""));
  await Deno.writeTextFile(`${webpack}/open.config.js`, config(', allowedHosts: "all"'));
  test("webpack-dev-server", {
    kind: "webpack",
    folder: webpack,
    argv: (port, isOpen) => [
      ...["/usr/bin/node", "node_modules/webpack/bin/webpack.js", "serve", "--port", `${port}`] as const,
      ...["--config", isOpen ? "open.config.js" : "webpack.config.js"],
    ],
    mark: "note",
    advice: /^devServer\.allowedHosts: "all" in webpack\.config\.js$/,
  });
}

for (
  const [command, section] of [["jupyter-server", "ServerApp"], ["jupyter-notebook", "NotebookApp"]] as const
) {
  if (!isThere(`/usr/bin/${command}`)) continue;
  const folder = await Deno.makeTempDir({ prefix: "wslfwd-jupyter-" });
  addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  test(command, {
    kind: "jupyter",
    folder,
    argv: (port, isOpen) => [
      ...[`/usr/bin/${command}`, "--no-browser", "--allow-root", "--ip=127.0.0.1", `--port=${port}`] as const,
      ...[`--${section}.token=`, ...isOpen ? [`--${section}.allow_remote_access=True`] : []],
    ],
    mark: "failed",
    advice: /--ServerApp\.allow_remote_access=True \(before Notebook 7: --NotebookApp/,
  });
}
