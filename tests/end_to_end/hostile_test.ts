import { deepStrictEqual as same, equal, ok } from "node:assert/strict";
import { startForwarder, stopForwarder, waitForForwarded, waitForRejected } from "./forwarder.ts";
import { GuestProgram } from "./guest_program.ts";
import { forwardings, waitForHoldings } from "./holdings.ts";
import { scenario } from "./scenario.ts";

/** Names of programs, as bytes in hexadecimal, that would do harm where they came through as they are. */
const NAMES: Readonly<Record<string, string>> = {
  "an escape sequence": hex("\x1b[2J\x1b[31mred"),
  "a title": hex("\x1b]0;pwned\x07"),
  "an 8-bit control": "9b33316d" + hex("x"),
  "a C1 control in UTF-8": hex("\u009b31mx"),
  "newline and tab": hex("a\nb\tc"),
  "quotes": hex(`"';&|$(x)`),
  "words of netsh": hex(" action=block"),
  "no UTF-8": "fffe80c3",
  "a cut character": "616263e282",
  "a bidi override": hex("\u202egnp.exe"),
  "blanks": hex("   "),
  "JSON": hex(`","type":"x`),
  "a carriage return": hex("ok\rfake line"),
};

/** What may be in a line for people or programs: nothing that a terminal acts on. */
// deno-lint-ignore no-control-regex -- the question is whether there are controls
const HARMFUL = /[\x00-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;

for (const args of [[], ["--json"], ["--allow", "red", "--disallow", "blue"]]) {
  scenario(
    `Names of programs do no harm in what wslfwd ${args.join(" ")} prints, nor on Windows`,
    async (lab) => {
      const names = Object.entries(NAMES);
      await using programs = new AsyncDisposableStack();
      for (const [i, [, name]] of names.entries()) {
        const program = programs.use(await GuestProgram.start(lab));
        await program.run(`name ${name}`, `listen a 4 0.0.0.0 ${3000 + i}`);
      }
      const ports = names.map((_, i) => 3000 + i);
      const wslfwd = lab.wslfwd([...args, "--linger", "0", "--interval", "0.05"]);
      const isFiltered = args.includes("--allow");
      await waitForHoldings(lab, isFiltered ? [] : forwardings(ports));
      await wslfwd.waitForLine(isFiltered ? new RegExp(`not forwarded ${ports.at(-1)}: `) : /ready/);
      for (const command of [["list"], ["status"], ["status", "--json"], ["list", "--json"], ["plan"]]) {
        const { stdout, stderr } = await lab.wslfwd(command).exit;
        for (const line of [...stdout.split("\n"), stderr]) {
          ok(!HARMFUL.test(line), `${command}: ${JSON.stringify(line)}`);
        }
      }
      await programs.disposeAsync();
      await waitForHoldings(lab, []);
      await wslfwd.kill("SIGTERM");
      const { code, stdout, stderr } = await wslfwd.exit;
      same([code, stderr], [0, ""]);
      for (const line of stdout.split("\n")) {
        ok(!HARMFUL.test(line), JSON.stringify(line));
      }
      for (const { script } of await lab.windows.calls("netsh.exe")) {
        for (const line of script ?? []) ok(/^[a-z\d =.,:;\/-]*$/i.test(line), line);
      }
    },
  );
}

scenario("Entries of others do no harm in what wslfwd prints, and stay", async (lab) => {
  const words = ["a\u001b[31mred", "$(reboot)", "x'\"`", "\u009b2J", "-f", "连接到"];
  for (const [i, word] of words.entries()) {
    const entry = {
      listenAddress: "0.0.0.0",
      listenPort: `${3000 + i}`,
      connectAddress: word,
      connectPort: word,
    };
    await lab.windows.putEntry(entry);
    await lab.guest.listen(3000 + i);
  }
  const program = await startForwarder(lab);
  for (const i of words.keys()) equal(await waitForRejected(program, 3000 + i), "foreign-entry");
  for (const command of [["status"], ["status", "--json"], ["plan"]]) {
    const { stdout } = await lab.wslfwd(command).exit;
    for (const line of stdout.split("\n")) ok(!HARMFUL.test(line), `${command}: ${JSON.stringify(line)}`);
  }
  await using _server = await lab.guest.listen(4000);
  await waitForForwarded(program, 4000);
  await stopForwarder(program);
  same((await lab.windows.entries()).map(({ connectAddress }) => connectAddress), words);
});

scenario("Firewall rules of others that only look like ours are left alone", async (lab) => {
  const tag = "wslfwd/1;c683d27c;0.0.0.0:3000;172.23.21.232:3000";
  const rules = [
    { name: "wslfwd", description: "" },
    { name: "wslfwd-3000-00000000", description: "" },
    { name: "mine", description: tag },
    { name: "wslfwd-3000-0000000g", description: tag },
    { name: "wslfwd-3000-11111111", description: `${tag};more` },
    { name: "wslfwd-3000-22222222", description: tag.replace("/1;", "/3;") },
  ];
  for (const rule of rules) await lab.windows.addRule(rule);
  const server = await lab.guest.listen(3000);
  const program = await startForwarder(lab);
  await waitForForwarded(program, 3000);
  await server.close();
  await stopForwarder(program);
  same((await lab.windows.rules()).map(({ name }) => name), rules.map(({ name }) => name));
});

/** The bytes of a text in UTF-8, the first 15 of which are a name. */
function hex(text: string): string {
  const bytes = new TextEncoder().encode(text).slice(0, 15);
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
