import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import { HelperGoneError } from "../../src/windows/helper/conversation.ts";
import { startProcess } from "../../src/process/start_process.ts";
import { lacks } from "../contract/needs.ts";
import { Random } from "../unit/random.ts";
import { compileHelper } from "./compile_helper.ts";
import { GUEST } from "./network.ts";
import { helperTest } from "./running_helper.ts";

helperTest("the helper opens, moves, lists and closes ports", async ({ talk }) => {
  const ask = async (text: string) => {
    const { rows, refusal } = await talk.request(...text.split(" "));
    return refusal ?? rows.map((row) => row.join(" "));
  };
  equal(await ask(`udp put 0.0.0.0 5000 ${GUEST} 5000`), []);
  equal(await ask(`udp put 0.0.0.0 5000 ${GUEST} 5000`), [], "twice is once");
  equal(await ask(`udp put :: 5000 ${GUEST} 5000`), [], "another family is another port");
  equal(await ask(`udp put 0.0.0.0 5001 ${GUEST} 6001`), []);
  equal(await ask(`udp put 0.0.0.0 5000 ${GUEST} 6000`), [], "the port moves");
  equal((await ask("udp list") as string[]).sort(), [
    `0.0.0.0 5000 ${GUEST} 6000 0 0 0 0`,
    `0.0.0.0 5001 ${GUEST} 6001 0 0 0 0`,
    `:: 5000 ${GUEST} 5000 0 0 0 0`,
  ]);
  equal(await ask("udp del 0.0.0.0 5000"), []);
  equal(await ask("udp del 0.0.0.0 5000"), "missing");
  match((await ask("stat") as string[])[0]!, /^ports=2 sessions=0 faults=0 bytes=\d+$/);
});

helperTest("the helper refuses what is never done, and words that are none", async ({ talk }) => {
  const refused: Readonly<Record<string, string>> = {
    [`udp put 0.0.0.0 5353 ${GUEST} 5353`]: "refused", // Windows' own.
    [`udp put 0.0.0.0 137 ${GUEST} 137`]: "refused",
    "udp put 0.0.0.0 5000 127.0.0.1 5000": "refused", // Windows' own loopback would be open to the LAN.
    "udp put 0.0.0.0 5000 0.0.0.0 5000": "refused",
    "udp put 0.0.0.0 5000 ::1 5000": "refused",
    "udp put 0.0.0.0 5000 ::ffff:127.0.0.1 5000": "refused",
    "udp put 0.0.0.0 5000 224.0.0.1 5000": "refused",
    "udp put 0.0.0.0 5000 255.255.255.255 5000": "refused",
    [`udp put 192.0.2.1 5000 ${GUEST} 5000`]: "socket 10049", // Not an address of this machine.
    [`udp put 0.0.0.0 0 ${GUEST} 5000`]: "syntax",
    [`udp put 0.0.0.0 65536 ${GUEST} 5000`]: "syntax",
    [`udp put 0.0.0.0 +50 ${GUEST} 5000`]: "syntax",
    [`udp put 0.0.0.0 050 ${GUEST} 5000`]: "syntax",
    [`udp put 1 5000 ${GUEST} 5000`]: "syntax",
    [`udp put 00.0.0.0 5000 ${GUEST} 5000`]: "syntax",
    [`udp put localhost 5000 ${GUEST} 5000`]: "syntax",
    [`udp put 0.0.0.0 5000 ${GUEST} 5000 x`]: "syntax",
    [`udp put 0.0.0.0 5000 ${GUEST}`]: "syntax",
    "udp": "syntax",
    "udp steal": "syntax",
    "shutdown": "syntax",
    // Only what is ours is made and removed, and an entry leads to a machine's own address.
    "rule del CoreNet-DHCP-In": "syntax",
    "rule del wslfwd-3000": "syntax",
    "rule del *": "syntax",
    "rule add wslfwd-3000-0a1b2c3d icmp 3000 3 LocalSubnet wslfwd/2;0a1b2c3d;tcp;0.0.0.0:3000;direct":
      "syntax",
    "rule add wslfwd-3000-0a1b2c3d tcp 0 3 LocalSubnet wslfwd/2;0a1b2c3d;tcp;0.0.0.0:3000;direct": "syntax",
    "rule add wslfwd-3000-0a1b2c3d tcp 1-9 3 LocalSubnet wslfwd/2;0a1b2c3d;tcp;0.0.0.0:3000;direct": "syntax",
    "rule add wslfwd-3000-0a1b2c3d tcp 3000 8 LocalSubnet wslfwd/2;0a1b2c3d;tcp;0.0.0.0:3000;direct":
      "syntax",
    "rule add wslfwd-3000-0a1b2c3d tcp 3000 3 LocalSubnet somebody's": "syntax",
    "rule add CoreNet tcp 3000 3 LocalSubnet wslfwd/2;0a1b2c3d;tcp;0.0.0.0:3000;direct": "syntax",
    "entry put 0.0.0.0 3000 127.0.0.1 3000": "refused",
    "entry put 0.0.0.0 3000 0.0.0.0 3000": "refused",
    [`entry put :: 3000 ${GUEST} 3000`]: "syntax",
    [`entry put * 3000 ${GUEST} 3000`]: "syntax",
    "entry del 0.0.0.0 3000": "syntax", // What removes entries is netsh.
    "watch everything": "syntax",
  };
  for (const [text, code] of Object.entries(refused)) {
    equal((await talk.request(...text.split(" "))).refusal, code, text);
  }
  equal((await talk.request("udp", "list")).rows, []);
});

helperTest("the helper tells when a port is taken", async ({ talk, network }) => {
  const [path, ...args] = network.enterArgv(
    "/usr/bin/perl",
    "-MIO::Socket",
    "-e",
    `$s = IO::Socket::INET->new(Proto => "udp", LocalPort => 5000); $| = 1; print "bound\\n"; sleep`,
  );
  const bound = Promise.withResolvers<void>();
  const other = startProcess(path, args, { onLines: () => bound.resolve() });
  await bound.promise;
  equal((await talk.request("udp", "put", "0.0.0.0", "5000", GUEST, "5000")).refusal, "socket 10048");
  await other.stop();
  equal((await talk.request("udp", "put", "0.0.0.0", "5000", GUEST, "5000")).refusal, null);
});

helperTest("the helper has a limit of ports", async ({ talk }) => {
  const put = (port: number) => talk.request("udp", "put", "0.0.0.0", `${port}`, GUEST, `${port}`);
  for (let port = 10_000; port < 10_256; port++) equal((await put(port)).refusal, null);
  equal((await put(10_256)).refusal, "limit");
  equal((await talk.request("udp", "del", "0.0.0.0", "10000")).refusal, null);
  equal((await put(10_256)).refusal, null);
});

helperTest("a helper that was killed is gone for every request", async ({ talk, pid }) => {
  Deno.kill(pid, "SIGSTOP");
  const waiting = talk.request("stat");
  Deno.kill(pid, "SIGKILL");
  const failed = await waiting.catch((error) => error);
  ok(failed instanceof HelperGoneError, String(failed));
  ok(await talk.request("stat").catch((error) => error) instanceof HelperGoneError);
});

Deno.test("the helper survives every line, and ends with its input", {
  ignore: lacks("mono"),
}, async () => {
  const random = new Random();
  const path = await compileHelper();
  const answers: string[] = [];
  const helper = startProcess("/usr/bin/mono", [path], {
    hasInput: true,
    onLines: (lines) => answers.push(...lines.map((line) => new TextDecoder().decode(line ?? undefined))),
  });
  const words = [
    "udp",
    "put",
    "del",
    "list",
    "stat",
    "0.0.0.0",
    "::",
    "127.0.0.1",
    "5353",
    "-1",
    "99999999999",
  ];
  const lines = Array.from({ length: 2000 }, (_, i) => {
    const parts = random.list(random.int(0, 8), () => random.pick(words));
    const noise = String.fromCharCode(...random.list(random.int(0, 700), () => random.int(0, 255)));
    return random.pick([`${i + 1} ${parts.join(" ")}`, parts.join(" "), noise.replaceAll("\n", ""), ""]);
  });
  await helper.send(lines.map((line) => `${line}\n`).join(""));
  await helper.send("999999 stat\nhalf a line");
  await helper.endInput();
  await helper.ended;
  const seed = `WSLFWD_SEED=${random.seed}`;
  match(answers[0]!, /^helper 1 \d+$/);
  const ends = answers.filter((answer) => /^\d+ (ok|err .+)$/.test(answer));
  equal(ends.length, lines.length + 1, `each line has one answer; ${seed}`);
  equal(answers.filter((answer) => !/^(helper|\d+ (ok|row|err)) ?[ -~]*$/.test(answer)), [], seed);
  equal(answers.filter((answer) => answer.endsWith("err fault")), [], seed);
  equal(ends.at(-1), "999999 ok");
});
