/** Everything that a user of WSL-Port-Forwarding can type, in both spellings, does here what it did there. */
import { deepStrictEqual as same, equal, match, ok } from "node:assert/strict";
import { startForwarder, stopForwarder, waitForForwarded, waitForRejected } from "../forwarder.ts";
import { forwarding, forwardings, waitForHoldings } from "../holdings.ts";
import { scenario } from "../scenario.ts";
import { type NamedProgram, startNamed } from "./named_program.ts";

for (const mode of [["--mode", "manual"], ["--mode=manual"]]) {
  scenario(`${mode.join(" ")} looks once, says what it made, and ends`, async (lab) => {
    await using _server = await lab.guest.listen(3000);
    const { code, stdout, stderr } = await lab.wslfwd(mode).exit;
    same([code, stderr], [0, ""]);
    const [network, forwarded, ready, ...rest] = stdout.split("\n");
    match(
      network!,
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d network: others reach this PC at 192\.168\.50\.1, also at desktop-abc\.local$/,
    );
    match(
      forwarded!,
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d forwarded http:\/\/192\.168\.50\.1:3000 -> 172\.23\.21\.232:3000: agent\.ts \d+$/,
    );
    match(ready!, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ready: 1 port forwarded to 172\.23\.21\.232$/);
    same(rest, []);
    await waitForHoldings(lab, forwardings([3000]));
  });
}

scenario("--mode auto follows what listens, by --interval seconds, in each spelling", async (lab) => {
  for (const args of [["--mode", "auto", "--interval", "0.05"], ["--mode=auto", "--interval=.5"]]) {
    const program = await startForwarder(lab, [...args, "--linger", "0"]);
    const server = await lab.guest.listen(3000);
    await waitForHoldings(lab, forwardings([3000]));
    await server.close();
    await waitForHoldings(lab, []);
    await stopForwarder(program);
  }
});

/** Three names of one program, and each of them alone. */
const NAMES: NamedProgram = { comm: "its-comm", argv0: "/opt/its-argument --x", executable: "its-file" };
const EACH_NAME = ["its-comm", "its-argument --x", "its-file"];

scenario("--allow and --disallow know a program by comm, first argument and executable", async (lab) => {
  await startNamed(lab, { ...NAMES, ports: [3000] });
  await using _other = await lab.guest.listen(3001);
  for (const name of EACH_NAME) {
    const allowing = await startForwarder(lab, ["--allow", name]);
    equal(await waitForRejected(allowing, 3001), "unlisted", name);
    await waitForHoldings(lab, forwardings([3000]));
    equal((await waitForForwarded(allowing, 3000)).program, "its-comm");
    await stopForwarder(allowing);
    const disallowing = await startForwarder(lab, [`--disallow=${name}`]);
    equal(await waitForRejected(disallowing, 3000), "program", name);
    await waitForHoldings(lab, forwardings([3001]));
    await stopForwarder(disallowing);
  }
  const half = await startForwarder(lab, ["--disallow", "its"]);
  await waitForHoldings(lab, forwardings([3000, 3001]));
  await stopForwarder(half);
});

scenario("--allow and --disallow add to the lists of the config file, and allowed wins", async (lab) => {
  await startNamed(lab, { comm: "red", ports: [3000] });
  await startNamed(lab, { comm: "blue", ports: [3001] });
  await startNamed(lab, { comm: "green", ports: [3002] });
  const config = { allow_program_name: ["red"], disallow_program_name: ["red", "green"] };
  await lab.guest.run("sh", "-c", `umask 077; echo '${JSON.stringify(config)}' >/run/guest/config`);
  const use = ["--config", "/run/guest/config"];
  const cases: readonly (readonly [string[], number[], Readonly<Record<number, string>>])[] = [
    [use, [3000], { 3001: "unlisted", 3002: "program" }],
    [[...use, "--allow", "blue"], [3000, 3001], { 3002: "program" }],
    [[...use, "--allow", "blue", "--allow", "green"], [3000, 3001, 3002], {}],
    [[...use, "--disallow", "blue"], [3000], { 3001: "program", 3002: "program" }],
  ];
  for (const [args, open, rejected] of cases) {
    const program = await startForwarder(lab, args);
    for (const [port, reason] of Object.entries(rejected)) {
      equal(await waitForRejected(program, Number(port)), reason, `${args} ${port}`);
    }
    await waitForHoldings(lab, forwardings(open));
    await stopForwarder(program);
  }
});

scenario("a program whose name cannot be seen is Hidden, or unknown, and has to be allowed", async (lab) => {
  await startNamed(lab, { comm: "root-daemon", ports: [3000] });
  // Who is not root does not see the programs of root.
  const options = { uid: 1000 };
  const cases: readonly (readonly [string[], number[], string | null])[] = [
    [[], [3000], null],
    [["--allow", "Hidden"], [3000], null],
    [["--allow", "unknown"], [3000], null],
    [["--disallow", "Hidden"], [], "program"],
    [["--disallow", "unknown", "--allow", "Hidden"], [3000], null],
    [["--allow", "root-daemon"], [], "program"],
    [["--disallow", "something-else"], [], "program"],
    [["--disallow", "something-else", "--allow-port", "3000"], [3000], null],
  ];
  for (const [args, open, reason] of cases) {
    const program = await startForwarder(lab, args, options);
    if (reason !== null) equal(await waitForRejected(program, 3000), reason, args.join(" "));
    await waitForHoldings(lab, forwardings(open));
    await stopForwarder(program);
  }
});

for (const [windows, wsl] of [["--windows-ip", "--wsl-ip"], ["--windows_ip", "--wsl_ip"]] as const) {
  scenario(`${windows} and ${wsl} say where Windows listens, and what it connects to`, async (lab) => {
    await using _server = await lab.guest.listen(3000, { text: "the page" });
    await lab.guest.addAddress("172.23.21.99");
    const program = await startForwarder(lab, [windows, "192.168.50.1", `${wsl}=172.23.21.99`]);
    await waitForHoldings(lab, forwarding(3000, { listenAddress: "192.168.50.1", to: "172.23.21.99" }));
    equal(await lab.lan.fetch(3000), "the page");
    await stopForwarder(program);
  });
}

for (const option of ["--ignore-exception", "--ignore_exception"]) {
  scenario(`${option} waits for the rights that are missing, and goes on with them`, async (lab) => {
    await using _server = await lab.guest.listen(3000);
    const program = lab.wslfwd(["--json", option]);
    const { message } = await program.waitForEvent("error", (event) => event.operation === "start");
    match(message as string, /^Windows does not let this terminal change rules: /);
    await lab.windows.set({ isElevated: true });
    await waitForHoldings(lab, forwardings([3000]));
    await program.waitForEvent("recovered", (event) => event.operation === "start");
    await stopForwarder(program);
  }, { isElevated: false });
}

for (const option of ["--no-cleanup", "--no_cleanup"]) {
  scenario(`${option} keeps the rules at the end, also after kill -9`, async (lab) => {
    await using _server = await lab.guest.listen(3000);
    for (const signal of ["SIGINT", "SIGKILL"] as const) {
      const program = await startForwarder(lab, [option]);
      await waitForHoldings(lab, forwardings([3000]));
      await program.kill(signal);
      await program.exit;
      await waitForHoldings(lab, forwardings([3000]));
    }
    equal((await lab.wslfwd(["--clean-rules"]).exit).code, 0);
    await waitForHoldings(lab, []);
  });
}

scenario("Ctrl-C removes what wslfwd made, and says so", async (lab) => {
  await using _server = await lab.guest.listen(3000);
  const program = lab.wslfwd([]);
  await program.waitForLine(/ ready: 1 port forwarded to /);
  await program.kill("SIGINT");
  const { code, stdout } = await program.exit;
  equal(code, 0);
  match(stdout.split("\n").at(-1)!, / removed .*:3000 -> 172\.23\.21\.232:3000: agent\.ts \d+: wslfwd ends$/);
  await waitForHoldings(lab, []);
  ok(!stdout.includes("\x1b"), "a pipe gets no escape sequences");
});
