/**
 * Shows wslfwd at work on any Linux machine: a LAN peer, a simulated Windows and a WSL2 guest in network namespaces,
 * with real TCP between them. usage: deno task demo [--interactive]
 */
import { Lab } from "../tests/simulated/lab.ts";
import type { RunningProgram } from "../tests/simulated/running_program.ts";
import { messageOf } from "../src/process/command.ts";
import { dim, show, showLine, showMore, showTyped, strong } from "./demo_scenes.ts";
import { playVite } from "./demo_vite.ts";
import { isThere, setUp } from "./setup.ts";
import { ensureNamespaces, isRealRoot } from "./user_namespace.ts";

/** What a netsh takes on a usual PC, in milliseconds (microsoft/WSL: 100 to 200). */
const NETSH_MS = 100;

const PORT = 3000;

const SERVER = new URL("demo_server.ts", import.meta.url).pathname;

async function play(lab: Lab, isInteractive: boolean): Promise<void> {
  showLine("A LAN peer, a simulated Windows and a WSL2 guest, each in a network namespace.");
  showLine(`Every connection is real TCP. A netsh takes ${NETSH_MS} ms here, as on a usual PC.`);
  showLine();

  // Where vite is not to be had, the second act is a demo as well.
  if (!isInteractive && isRealRoot() && isThere("node") && isThere("npm") && await playVite(lab)) showLine();

  const isRealTime = isRealRoot() && isThere("bpftrace");
  const options = [...isRealTime ? ["--realtime"] : [], "--linger", "0"];
  showTyped("guest", `$ wslfwd ${options.join(" ")}`);
  const wslfwd = lab.wslfwd(options);
  const told = new Teller(wslfwd);
  await told.until(/ready/);
  if (isRealTime) await told.until(/bpftrace/);

  if (isInteractive) return await leaveRunning(lab, wslfwd, told);
  showLine();
  showTyped("guest", `$ deno run demo_server.ts 0.0.0.0 ${PORT}`);
  const opened = lab.lan.waitForOpen(PORT);
  const server = lab.guest.spawn(serverArgv("0.0.0.0", PORT));
  const [, listenAt] = await server.waitForLine(/"listenAt":([\d.]+)/);
  const { text, at } = await opened;
  await told.until(/forwarded .*:3000/);
  showTyped("LAN", `GET http://192.168.50.1:${PORT}/`);
  showMore(text);
  const call = await lab.windows.waitForCall((call) =>
    `${call.script}`.includes(`add v4tov4 listenport=${PORT}`)
  );
  showMore(dim(
    `${(at - Number(listenAt)).toFixed(0)} ms after listen(); netsh was started after ` +
      `${(call.startedAt - Number(listenAt)).toFixed(1)} ms and took ${
        (call.endedAt! - call.startedAt).toFixed(0)
      }`,
  ));

  showTyped("guest", `$ wslfwd qr ${PORT}`);
  const { stdout: code } = await lab.wslfwd(["qr", String(PORT)]).exit;
  for (const line of code.trimEnd().split("\n")) showMore(line);

  showTyped("guest", "$ deno run demo_server.ts 127.0.0.1 5432");
  const local = lab.guest.spawn(serverArgv("127.0.0.1", 5432));
  await told.until(/5432/);

  const netsh = ["netsh.exe", "interface", "portproxy", "show", "v4tov4"];
  showTyped("guest", `$ ${netsh.join(" ")}`);
  const { stdout } = await lab.guest.spawn(netsh).exit;
  for (const line of stdout.split("\n").filter((line) => /\d/.test(line))) showMore(line.trimEnd());
  for (const rule of await lab.windows.rules()) {
    const ports = rule.localPorts.map(({ first }) => first).join();
    show(
      "Windows",
      `firewall: TCP ${ports} from ${rule.remoteIps.join()}, on ${rule.profiles.join()} networks`,
    );
  }

  showLine();
  showTyped("guest", "^C (the web server ends)");
  const closed = lab.lan.waitForClosed(PORT);
  await server.kill("SIGINT");
  await told.until(/removed .*:3000/);
  await closed;
  await lab.windows.waitFor((state) => state.entries.length === 0 && state.rules.length === 0);
  showTyped("LAN", `GET http://192.168.50.1:${PORT}/`);
  showMore("nothing answers");
  await local.kill("SIGKILL");
  await end(lab, wslfwd, told);
}

async function end(lab: Lab, wslfwd: RunningProgram, told: Teller): Promise<void> {
  showTyped("guest", "^C (wslfwd ends)");
  await wslfwd.kill("SIGINT");
  const { code, stderr } = await wslfwd.exit;
  told.rest();
  const { entries, rules, refusals, violations } = await lab.windows.state();
  const left = entries.length + rules.length + (await lab.windows.scriptFolder() ?? []).length;
  show("Windows", `${left} of wslfwd's entries, rules and files are left`);
  const flaws = [...refusals, ...violations];
  if (code !== 0 || left > 0 || flaws.length > 0) {
    throw new Error(`The demo failed: exit ${code}, ${left} left behind, ${flaws.join(", ")} ${stderr}`);
  }
}

/** Leaves it running until Ctrl-C, and says how to play with it. */
async function leaveRunning(lab: Lab, wslfwd: RunningProgram, told: Teller): Promise<void> {
  const join = isRealRoot() ? "sudo nsenter" : "nsenter --user --preserve-credentials";
  showLine();
  showLine("It runs on until Ctrl-C. In other terminals, be the guest, and then the LAN:");
  showLine(strong(`  ${join} --mount --net --pid -t ${lab.guest.initPid} python3 -m http.server 8000`));
  showLine(strong(`  ${join} --net -t ${lab.lanPid} curl http://192.168.50.1:8000/`));
  showLine();
  const { promise: interrupted, resolve } = Promise.withResolvers<void>();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) Deno.addSignalListener(signal, resolve);
  await Promise.race([told.forever(), interrupted]);
  showLine(); // After the ^C of the terminal.
  await end(lab, wslfwd, told);
}

function serverArgv(address: string, port: number): string[] {
  return [Deno.execPath(), "run", "--allow-net", "--no-config", "--quiet", SERVER, address, String(port)];
}

/** Shows wslfwd's lines as they come, without their times. */
class Teller {
  readonly #program: RunningProgram;
  #shown = 0;

  constructor(program: RunningProgram) {
    this.#program = program;
  }

  /** Waits for a line and shows everything up to it. */
  async until(pattern: RegExp): Promise<void> {
    await this.#program.waitForLine(pattern, 20_000);
    this.rest();
  }

  /** Shows what has not been shown. */
  rest(): void {
    for (const line of this.#program.lines.slice(this.#shown)) {
      show("wslfwd", line.replace(/^(?:[\d-]+ )?[\d:]+ /, ""));
    }
    this.#shown = this.#program.lines.length;
  }

  /** Shows lines as they come, until the program ends. */
  async forever(): Promise<void> {
    while (await this.#program.waitForMoreThan(this.#shown)) this.rest();
  }
}

try {
  await setUp("demo");
  await ensureNamespaces(new URL(import.meta.url).pathname, Deno.args);
  await using lab = await Lab.start({ latencyMs: { default: 0, "netsh.exe": NETSH_MS } });
  await play(lab, Deno.args.includes("--interactive"));
} catch (error) {
  Deno.stderr.writeSync(new TextEncoder().encode(`${messageOf(error)}\n`));
  Deno.exitCode = 1;
}
