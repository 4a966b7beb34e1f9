import { deepStrictEqual as same, equal, match, ok } from "node:assert/strict";
import type { Lab } from "../simulated/lab.ts";
import { startForwarder, stopForwarder, waitForRejected } from "./forwarder.ts";
import { GuestProgram } from "./guest_program.ts";
import { scenario } from "./scenario.ts";
import { CAUSES } from "./why_causes.ts";

/** What `why --json` prints. */
interface Why {
  readonly port: number;
  readonly answers: boolean;
  readonly endpoint: string | null;
  readonly findings: readonly {
    readonly check: string;
    readonly mark: string;
    readonly text: string;
    readonly remedy: string | null;
  }[];
}

async function why(lab: Lab, port: number, args: readonly string[] = []): Promise<Why & { code: number }> {
  const { code, stdout, stderr } = await lab.wslfwd(["why", String(port), "--json", ...args]).exit;
  equal(stderr, "");
  const { time, ...answer } = JSON.parse(stdout);
  equal(new Date(time).toISOString(), time);
  return { ...answer, code };
}

for (const { cause, check, says, remedy, socket = "4 0.0.0.0 3000", ...rest } of CAUSES) {
  const { wslfwd = [], before, after, switches, args } = rest;
  scenario(`why names it where ${cause}, whatever Windows speaks`, async (lab) => {
    await using program = await GuestProgram.start(lab);
    if (socket !== null) await program.run(`listen s ${socket}`);
    await before?.(lab);
    const running = wslfwd === null ? null : await startForwarder(lab, wslfwd);
    await after?.(lab);
    const answers: Why[] = [];
    for (const language of ["en", "zh"] as const) {
      await lab.windows.set({ language });
      const { code, ...answer } = await why(lab, 3000, args);
      const last = answer.findings.at(-1)!;
      same(
        [code, answer.answers, last.check, last.mark],
        [1, false, check, "failed"],
        JSON.stringify(answer),
      );
      match(last.text, says);
      match(last.remedy!, remedy);
      for (const earlier of answer.findings.slice(0, -1)) ok(earlier.mark !== "failed", earlier.check);
      answers.push(answer);
    }
    same(answers[0], answers[1]);
    equal(await lab.lan.fetch(3000, { timeoutMs: 300 }), null, "nothing answers there");
    if (running !== null) {
      await running.kill("SIGTERM");
      await running.exit;
    }
  }, switches);
}

scenario("why exits with 0 where the port answers on the LAN, and says what to type", async (lab) => {
  await using _server = await lab.guest.listen(3000, { text: "the page" });
  const program = await startForwarder(lab);
  const { code, answers, endpoint, findings } = await why(lab, 3000);
  same([code, answers, endpoint], [0, true, "192.168.50.1:3000"]);
  same(findings.filter(({ mark }) => mark !== "ok"), []);
  equal(await lab.lan.fetch(3000), "the page");
  const { code: exitCode, stdout } = await lab.wslfwd(["why", "3000"]).exit;
  equal(exitCode, 0);
  match(
    stdout,
    /^Port 3000 should answer on the LAN: 192\.168\.50\.1:3000\n\(\d+ checks without a fault; to see all: wslfwd why 3000 --verbose\)$/,
  );
  const verbose = await lab.wslfwd(["why", "3000", "--verbose"]).exit;
  match(verbose.stdout, /^Port 3000 .*\n✓ listener +agent\.ts \d+ listens on 0\.0\.0\.0:3000$/m);
  await stopForwarder(program);
});

scenario(
  "why follows a renumbered port, and does without curl.exe and with a rule that nobody removes",
  async (lab) => {
    await using _server = await lab.guest.listen(3000);
    equal((await lab.wslfwd(["--mode", "manual", "--map", "8080:3000"]).exit).code, 0);
    const { code, findings } = await why(lab, 8080, ["--map", "8080:3000"]);
    equal(code, 0, JSON.stringify(findings));
    same(findings.filter(({ mark }) => mark === "note").map(({ check }) => check), ["entry", "guest", "lan"]);
    equal((await lab.wslfwd(["--clean-rules"]).exit).code, 0);
  },
  { hasCurl: false },
);

scenario(
  "why says which checks it could not make, and exits with 0: nothing is known to fail",
  async (lab) => {
    await using _server = await lab.guest.listen(3000);
    const program = await startForwarder(lab);
    await lab.windows.addFault({ program: "powershell.exe", kind: "garbage", times: 100 });
    await lab.windows.addFault({
      program: "reg.exe",
      kind: "garbage",
      times: 100,
      matching: "FirewallPolicy",
    });
    const { code, answers, findings } = await why(lab, 3000);
    same([code, answers], [0, true]);
    const unknown = findings.filter(({ mark }) => mark === "unknown").map(({ check }) => check);
    same(unknown.includes("network"), true, JSON.stringify(findings));
    same(findings.filter(({ mark }) => mark === "failed"), []);
    const { stdout } = await lab.wslfwd(["why", "3000"]).exit;
    match(stdout, /^Port 3000 should answer on the LAN: 192\.168\.50\.1:3000; \d checks could not be made$/m);
    await lab.windows.clearFaults();
    await stopForwarder(program);
  },
);

scenario("why shows no escape sequence of a program's name, a rule's or an entry's", async (lab) => {
  const script = `use Socket; $0 = "\\x1b[31mx"; socket(my $s, AF_INET, SOCK_STREAM, 0);
    bind($s, sockaddr_in(3000, INADDR_ANY)) or die; listen($s, 9); $| = 1; print "listens\\n"; sleep 600`;
  const program = lab.guest.spawn(["perl", "-e", script]);
  await program.waitForLine(/listens/);
  await lab.windows.addRule({
    name: "\x1b[2Jblock",
    action: "block",
    localPorts: [{ first: 3000, last: 3000 }],
  });
  const wslfwd = await startForwarder(lab);
  const { stdout } = await lab.wslfwd(["why", "3000", "--verbose"]).exit;
  match(stdout, /^✓ listener .*\\x1b\[31mx/m);
  match(stdout, /^✗ blocks .*\\x1b\[2Jblock/m);
  ok(!stdout.includes("\x1b"));
  await stopForwarder(wslfwd);
});

scenario("why knows that wslfwd rejected the port", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  const program = await startForwarder(lab, ["--allow", "nginx"]);
  equal(await waitForRejected(program, 3000), "unlisted");
  const { code, findings } = await why(lab, 3000);
  same([code, findings.at(-1)?.check], [1, "policy"]);
  await stopForwarder(program);
});
