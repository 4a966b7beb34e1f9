import { equal, match } from "node:assert/strict";
import type { Lab } from "../simulated/lab.ts";
import { WINDOWS_ADDRESS } from "../simulated/peer.ts";
import { RunningProgram } from "../simulated/running_program.ts";
import { startForwarder, stopForwarder, waitForForwarded, waitForRejected } from "./forwarder.ts";
import { waitForHoldings } from "./holdings.ts";
import { installFromNpm } from "./npm_folder.ts";
import { print } from "./print.ts";
import { scenario } from "./scenario.ts";

const CLIENT = new URL("./lan_client.ts", import.meta.url).pathname;

/** Runs `lan_client.ts` on the LAN. */
function onLan(lab: Lab, ...args: string[]): RunningProgram & { readonly child: Deno.ChildProcess } {
  const child = new Deno.Command("nsenter", {
    args: [`--net=/proc/${lab.lanPid}/ns/net`, Deno.execPath(), "run", "-A", "--no-config", CLIENT, ...args],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  return Object.assign(new RunningProgram(args.join(" "), child), { child });
}

function isInstalled(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    print(`A test is skipped: there is no ${path}`);
    return false;
  }
}

const SERVERS: readonly (readonly [name: string, port: number, argv: readonly string[], text: RegExp])[] = [
  ["python3 -m http.server", 8000, [
    "/usr/bin/python3",
    "-m",
    "http.server",
    "--bind",
    "127.0.0.1",
    "--directory",
    "/etc/apt",
    "8000",
  ], /Directory listing for \//],
  ["node", 3000, [
    "/usr/bin/node",
    "-e",
    "require('http').createServer((q, r) => r.end('from ' + q.socket.remoteAddress)).listen(3000, '127.0.0.1')",
  ], /from 172\.23\.16\.1/],
];

for (const [name, port, argv, text] of SERVERS) {
  if (!isInstalled(argv[0]!)) continue;
  scenario(
    `${name} on 127.0.0.1 is reached from the LAN once it is named, and sees who connects`,
    async (lab) => {
      const server = lab.guest.spawn(argv);
      const closed = await startForwarder(lab);
      equal(await waitForRejected(closed, port), "loopback");
      equal(await lab.lan.fetch(port), null, "nobody asked");
      await stopForwarder(closed);
      const program = await startForwarder(lab, ["--loopback", `${port}`]);
      await waitForForwarded(program, port);
      match((await lab.lan.waitForOpen(port)).text, text);
      await program.kill("SIGKILL");
      await program.exit;
      equal(await lab.lan.fetch(port), null, "closed at once after kill -9, whatever Windows still holds");
      await waitForHoldings(lab, []);
      await server.kill("SIGKILL");
      await server.exit;
    },
  );
}

if (isInstalled("/usr/bin/redis-server")) {
  scenario("redis in its protected mode still denies who comes through wslfwd", async (lab) => {
    const server = lab.guest.spawn([
      "/usr/bin/redis-server",
      "--bind",
      "127.0.0.1",
      "--save",
      "",
      "--dir",
      "/tmp",
    ]);
    await server.waitForLine(/Ready to accept connections/);
    const program = await startForwarder(lab, ["--loopback", "6379"]);
    await program.waitForLine(/port 6379 is usually Redis, often without a password/);
    await waitForForwarded(program, 6379);
    const { stdout } = await onLan(lab, "say", WINDOWS_ADDRESS, "6379", "CONFIG GET dir\r\n").exit;
    match(stdout, /^-DENIED Redis is running in protected mode/);
    await program.kill("SIGTERM");
    equal((await program.exit).code, 0);
    await server.kill("SIGKILL");
    await server.exit;
  });
}

const vite = isInstalled("/usr/bin/node") ? await installFromNpm("vite") : null;
if (vite !== null) {
  scenario("vite with its own defaults is reached by wslfwd 5173, with its hot reload", async (lab) => {
    await Deno.writeTextFile(
      `${vite}/index.html`,
      '<!doctype html><script type="module" src="/main.js"></script>',
    );
    const write = (text: string) =>
      Deno.writeTextFile(`${vite}/main.js`, `document.title = "${text}"; import.meta.hot.accept();`);
    await write("one");
    const server = lab.guest.spawn(["/usr/bin/node", "node_modules/vite/bin/vite.js"], { cwd: vite });
    await server.waitForLine(/Local: .*5173/);
    const program = lab.wslfwd(["5173"]);
    await program.waitForLine(/^✓ http:\/\/192\.168\.50\.1:5173 {2}vite in /);
    const browser = onLan(lab, "vite", WINDOWS_ADDRESS, "5173", "/main.js");
    await browser.waitForLine(/^page$/);
    await browser.waitForLine(/^\{"type":"connected"\}$/);
    await write("two");
    await browser.waitForLine(/^\{"type":"update",.*"path":"\/main\.js"/);
    await browser.child.stdin.close();
    await browser.exit;
    await program.kill("SIGINT");
    equal((await program.exit).code, 0);
    equal(await lab.lan.fetch(5173), null);
    await server.kill("SIGKILL");
    await server.exit;
  });
}
