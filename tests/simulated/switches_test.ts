import assert from "node:assert/strict";
import { Lab } from "./lab.ts";
import type { Exit, RunningProgram } from "./running_program.ts";

const SHOW = "netsh.exe interface portproxy show v4tov4";
const ADD = "netsh.exe interface portproxy add v4tov4 3000 172.23.21.232 3000 0.0.0.0";

function start(lab: Lab, line: string, env: Record<string, string | undefined> = {}): RunningProgram {
  return lab.guest.spawn(line.split(" "), { env });
}

function type(lab: Lab, line: string, env: Record<string, string | undefined> = {}): Promise<Exit> {
  return start(lab, line, env).exit;
}

async function countEntries(lab: Lab): Promise<number> {
  return (await lab.windows.entries()).length;
}

/** Writes a script as wslfwd does: in a folder and a file that nobody else can write. */
function writeScript(lab: Lab, name: string, text: string, mode = "600"): Promise<void> {
  const place = "/mnt/c/Windows/wslfwd";
  const script = 'mkdir -p -m 700 "$1"; printf %b "$3" >"$1/$2"; chmod "$4" "$1/$2"';
  return lab.guest.run("sh", "-c", script, "sh", place, name, text, mode);
}

Deno.test("latencyMs delays the answer and the effect", async () => {
  await using lab = await Lab.start({ latencyMs: { default: 0, "netsh.exe": 80 } });
  await type(lab, ADD);
  await type(lab, "whoami.exe /user");
  const [netsh, whoami] = await lab.windows.calls();
  assert(netsh!.lines[0]!.at - netsh!.startedAt >= 79);
  assert(whoami!.endedAt! - whoami!.startedAt < 79);
});

Deno.test("isElevated: without it nothing can be changed, nor a folder be made in C:\\Windows", async () => {
  await using lab = await Lab.start({ isElevated: false });
  assert.equal((await type(lab, ADD)).code, 1);
  assert.equal((await type(lab, "net.exe session")).code, 2);
  assert.match((await type(lab, "mkdir /mnt/c/Windows/wslfwd")).stderr, /Read-only file system/);
  await lab.windows.set({ isElevated: true });
  assert.equal((await type(lab, ADD)).code, 0);
  assert.equal((await type(lab, "mkdir /mnt/c/Windows/wslfwd")).code, 0);
});

Deno.test("language: the bytes are those of the console's code page", async () => {
  await using lab = await Lab.start({ language: "zh" });
  await type(lab, ADD);
  const bytes = await type(
    lab,
    `sh -c netsh.exe\${IFS}interface\${IFS}portproxy\${IFS}show\${IFS}all|od\${IFS}-An\${IFS}-tx1`,
  );
  assert.match(bytes.stdout.replaceAll(/\s+/g, " "), /^ 0d 0a d5 ec cc fd 20 69 70 76 34/);
});

Deno.test("addOnExisting: overwrites or refuses", async () => {
  await using lab = await Lab.start();
  const other = ADD.replace("232", "99");
  await type(lab, ADD);
  assert.equal((await type(lab, other)).code, 0);
  assert.equal((await lab.windows.entries())[0]!.connectAddress, "172.23.21.99");
  await lab.windows.set({ addOnExisting: "refuses" });
  assert.equal((await type(lab, ADD)).code, 1);
  assert.equal((await lab.windows.entries())[0]!.connectAddress, "172.23.21.99");
});

Deno.test("netsh -f runs every line of a script, and its status is as failedScriptExits says", async () => {
  await using lab = await Lab.start();
  const line = (verb: string, port: number) =>
    `interface portproxy ${verb} v4tov4 ${port}${verb === "add" ? " 172.23.21.232" : ""}\\r\\n`;
  await writeScript(lab, "a.txt", line("add", 1) + line("delete", 9) + line("add", 2));
  assert.equal((await type(lab, "netsh.exe -f C:\\Windows\\wslfwd\\a.txt")).code, 1);
  assert.equal(await countEntries(lab), 2);
  await lab.windows.set({ failedScriptExits: 0 });
  await writeScript(lab, "b.txt", line("delete", 9) + line("add", 3));
  assert.equal((await type(lab, "netsh.exe -f C:\\Windows\\wslfwd\\b.txt")).code, 0);
  assert.equal(await countEntries(lab), 3);
  assert.equal((await type(lab, "netsh.exe -f C:\\Windows\\wslfwd\\none.txt")).code, 1);
  const state = await lab.windows.state();
  assert.deepEqual([state.refusals, state.violations], [[], []]);
});

Deno.test("netsh -f counts scripts that others could have written, and refuses what netsh would misread", async () => {
  await using lab = await Lab.start();
  const show = "interface portproxy show v4tov4";
  const run = async (path: string) => {
    await type(lab, `netsh.exe -f ${path}`);
    const { violations, refusals } = await lab.windows.state();
    return [violations.length, refusals.length];
  };
  await lab.guest.run(
    "sh",
    "-c",
    `printf '${show}\\r\\n' >/mnt/c/Windows/script.txt; chmod 600 /mnt/c/Windows/script.txt`,
  );
  assert.deepEqual(await run("C:\\Windows\\script.txt"), [2, 0], "the place, and the mode of the folder");
  await writeScript(lab, "open.txt", `${show}\\r\\n`, "666");
  assert.deepEqual(await run("C:\\Windows\\wslfwd\\open.txt"), [3, 0], "the mode");
  await writeScript(lab, "lf.txt", `${show}\\n`);
  assert.deepEqual(await run("C:\\Windows\\wslfwd\\lf.txt"), [3, 1], "a line feed alone");
  await writeScript(lab, "bom.txt", `\\0357\\0273\\0277${show}\\r\\n`);
  assert.deepEqual(await run("C:\\Windows\\wslfwd\\bom.txt"), [3, 2], "a byte order mark");
  await writeScript(lab, "good.txt", `${show}\\r\\n`);
  assert.deepEqual(await run("C:\\Windows\\wslfwd\\good.txt"), [3, 2]);
  assert.deepEqual(await run("C:\\Windows\\wslfwd\\good.txt"), [4, 2], "a name that was used before");
  assert.deepEqual(await run("\\\\wsl$\\Debian\\tmp\\good.txt"), [4, 3], "not on a drive");
  assert.deepEqual(await lab.windows.scriptFolder().then((names) => names?.sort()), [
    "bom.txt",
    "good.txt",
    "lf.txt",
    "open.txt",
  ]);
});

Deno.test("Faults hit the nth call or line that matches", async () => {
  await using lab = await Lab.start();
  await lab.windows.addFault({ program: "netsh.exe", kind: "fail", matching: "add", nth: 2 });
  assert.deepEqual([(await type(lab, ADD)).code, (await type(lab, SHOW)).code], [0, 0]);
  assert.equal((await type(lab, ADD.replace("3000", "4000"))).code, 1);
  assert.equal(await countEntries(lab), 1);
  await lab.windows.addFault({ program: "netsh.exe", kind: "pretend", matching: "add" });
  assert.equal((await type(lab, ADD.replace("3000", "5000"))).code, 0);
  assert.equal(await countEntries(lab), 1);
  await lab.windows.addFault({ program: "netsh.exe", kind: "nothing", times: 2 });
  assert.deepEqual(await type(lab, SHOW), { code: 0, stdout: "", stderr: "" });
  assert.deepEqual(await type(lab, SHOW), { code: 0, stdout: "", stderr: "" });
  await lab.windows.addFault({ program: "netsh.exe", kind: "garbage" });
  assert.doesNotMatch((await type(lab, SHOW)).stdout, /Listen on/);
  assert.match((await type(lab, SHOW)).stdout, /Listen on/);
  await writeScript(
    lab,
    "a.txt",
    ["1", "2", "3"].map((n) => `interface portproxy add v4tov4 ${n} a\\r\\n`).join(""),
  );
  await lab.windows.addFault({ program: "netsh.exe", kind: "fail", at: "line", nth: 2 });
  assert.equal((await type(lab, "netsh.exe -f C:\\Windows\\wslfwd\\a.txt")).code, 1);
  assert.deepEqual((await lab.windows.entries()).map((entry) => entry.listenPort), ["3000", "1", "3"]);
});

Deno.test("A call that hangs goes on when it is released", async () => {
  await using lab = await Lab.start();
  await lab.windows.addFault({ program: "netsh.exe", kind: "hang" });
  const typed = type(lab, ADD);
  const { hanging } = await lab.windows.waitFor((state) => state.hanging.length > 0);
  assert.equal(await countEntries(lab), 0);
  await lab.windows.release(hanging[0]!);
  assert.equal((await typed).code, 0);
  assert.equal(await countEntries(lab), 1);
  await lab.windows.addFault({ program: "netsh.exe", kind: "hang-after" });
  const second = type(lab, ADD.replace("3000", "4000"));
  await lab.windows.waitFor((state) => state.hanging.length > 0 && state.entries.length === 2);
  await lab.windows.clearFaults();
  assert.equal((await second).code, 0);
});

Deno.test("afterKilledClient: what a killed client asked for still happens, later, or never", async () => {
  await using lab = await Lab.start({ killedClientDelayMs: 50 });
  const hangAndKill = async (line: string) => {
    await lab.windows.addFault({ program: "netsh.exe", kind: "hang" });
    const program = start(lab, line);
    await lab.windows.waitFor((state) => state.hanging.length > 0);
    await program.kill("SIGKILL");
    assert.equal((await program.exit).code, 137);
  };
  await hangAndKill(ADD);
  await lab.windows.waitFor((state) => state.entries.length === 1 && state.netshRunning === 0);
  const [call] = await lab.windows.calls();
  assert(call!.lines[0]!.at - call!.clientGoneAt! >= 49);
  await lab.windows.set({ afterKilledClient: "stops" });
  await hangAndKill(ADD.replace("3000", "4000"));
  await lab.windows.waitFor((state) => state.netshRunning === 0);
  assert.equal(await countEntries(lab), 1);
});

Deno.test("interop: programs fail as WSL's relay does", async () => {
  await using lab = await Lab.start();
  const without = { WSL_INTEROP: undefined };
  assert.deepEqual(await type(lab, SHOW, without), { code: 1, stdout: "", stderr: "" });
  await lab.windows.set({ interopLooksFurther: true });
  assert.equal((await type(lab, SHOW, without)).code, 0);
  await lab.windows.set({ interop: "stale" });
  const stale = await type(lab, SHOW);
  assert.equal(stale.code, 1);
  assert.match(stale.stderr, /UtilConnectUnix.*connect failed/);
  await lab.windows.set({ interop: "gone" });
  assert.deepEqual(await type(lab, SHOW), { code: 1, stdout: "", stderr: "" });
  await lab.windows.set({ interop: "running" });
  assert.equal((await type(lab, SHOW)).code, 0);
  const path = "/mnt/c/Windows/System32/netsh.exe",
    byInit = SHOW.replace("netsh.exe", `/init ${path} ${path}`);
  await lab.windows.set({ hasBinfmt: false });
  assert.match((await type(lab, "sh -c netsh.exe")).stderr, /Exec format error/);
  assert.equal((await type(lab, byInit)).code, 0);
  await lab.windows.set({ refusesPrograms: true });
  assert.equal((await type(lab, byInit)).stderr, `${path}: Unknown error -22`);
  await lab.windows.set({ refusesPrograms: false, canExecute: false });
  assert.match((await type(lab, "sh -c netsh.exe")).stderr, /not found|Permission denied/);
  assert.equal((await type(lab, byInit)).code, 0);
});

Deno.test("interop: disabled in wsl.conf, a program waits, fails and is no call", async () => {
  await using lab = await Lab.start({ interop: "disabled", latencyMs: { default: 0, interop: 20 } });
  const { code, stderr } = await type(lab, SHOW);
  assert.equal(code, 1);
  assert.match(stderr, /UtilAcceptVsock:\d+: accept4 failed 110$/);
  assert.deepEqual(await lab.windows.calls(), []);
});

Deno.test("Windows.openSession makes a terminal of other rights", async () => {
  await using lab = await Lab.start({ isElevated: false });
  const path = await lab.windows.openSession(77, true);
  assert.equal((await type(lab, ADD, { WSL_INTEROP: path })).code, 0);
  assert.equal((await type(lab, ADD)).code, 1);
});

Deno.test("Lab.closeTerminal: Windows programs go on and nobody hears of it; WSL's own session lives", async () => {
  await using lab = await Lab.start();
  await lab.windows.addFault({ program: "netsh.exe", kind: "hang" });
  const program = start(lab, ADD);
  await lab.windows.waitFor((state) => state.hanging.length > 0);
  await lab.closeTerminal(program);
  assert([1, 129].includes((await program.exit).code), "by the end of the relay, or by SIGHUP");
  await lab.windows.waitFor((state) => state.entries.length === 1);
  assert.deepEqual(await type(lab, SHOW), { code: 1, stdout: "", stderr: "" });
  assert.equal((await type(lab, SHOW, { WSL_INTEROP: "/run/WSL/1_interop" })).code, 0);
});

Deno.test("Windows.loseWindow: until its socket has gone, nobody is answered", async () => {
  await using lab = await Lab.start({ latencyMs: { default: 0, interop: 20 } });
  await lab.windows.loseWindow("/run/WSL/8_interop");
  assert.match((await type(lab, SHOW)).stderr, /accept4 failed 110$/);
});

Deno.test("Windows.closeSession kills the Windows programs of a terminal, and leaves a socket that refuses", async () => {
  await using lab = await Lab.start();
  await lab.windows.addFault({ program: "netsh.exe", kind: "hang" });
  const program = start(lab, ADD);
  await lab.windows.waitFor((state) => state.hanging.length > 0);
  await lab.windows.closeSession("/run/WSL/8_interop");
  assert.equal((await program.exit).code, 1);
  await lab.windows.waitFor((state) => state.netshRunning === 0);
  assert.equal(await countEntries(lab), 0);
  assert.match((await type(lab, SHOW)).stderr, /connect failed/);
  assert.equal((await type(lab, SHOW, { WSL_INTEROP: "/run/WSL/1_interop" })).code, 0);
});

Deno.test("networkingMode: what wslinfo says; null: there is no wslinfo", async () => {
  await using lab = await Lab.start({ networkingMode: "mirrored" });
  assert.equal((await type(lab, "wslinfo --networking-mode")).stdout, "mirrored");
  await lab.windows.set({ networkingMode: null });
  assert.equal((await type(lab, "wslinfo --networking-mode")).code, 127);
});

Deno.test("drive: the C: drive is elsewhere, or nowhere", async () => {
  await using lab = await Lab.start({ drive: "/run/drives/c" });
  const look = () =>
    type(lab, "sh -c grep\${IFS}drvfs\${IFS}/proc/mounts;wslpath\${IFS}-u\${IFS}C:\\\\Windows");
  assert.match((await look()).stdout, /^C:\\134 \/run\/drives\/c 9p .*\n\/run\/drives\/c\/Windows$/);
  assert.equal((await type(lab, `/run/drives/c/Windows/System32/${SHOW}`)).code, 0);
  await lab.windows.set({ drive: null });
  assert.deepEqual(await look(), { code: 1, stdout: "", stderr: "wslpath: C:\\Windows: Invalid argument" });
  await lab.guest.die();
  await lab.guest.boot();
  assert.equal((await look()).code, 1, "a new guest follows the switches");
});

Deno.test("A program that is not documented is refused and counted", async () => {
  await using lab = await Lab.start();
  assert.equal((await type(lab, "reg.exe add HKLM")).code, 1);
  assert.deepEqual(await lab.windows.refusals(), ["reg.exe add HKLM"]);
});
