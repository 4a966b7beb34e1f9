import { deepStrictEqual as same, equal, match, notEqual, ok } from "node:assert/strict";
import { standIns } from "../../../src/diagnose/report/stand_ins.ts";
import { splitWords } from "../../../src/windows/run/output_text.ts";
import { readTranscripts } from "../../recorded/transcript.ts";

/** What no report may hold, as patterns that the code under test does not have; loopback and the like aside. */
const SECRETS: readonly RegExp[] = [
  /\bS-1-[\d-]*\d{6,}[\d-]*/g,
  /(?<![\d.])(?!(?:0|127|255|224|239|240)\.|169\.254\.|10\.255\.255\.25)(?:\d{1,3}\.){3}\d{1,3}(?![\d.])/g,
  /(?:[\da-f]{2}[:-]){5}[\da-f]{2}/gi,
  /(?:fe80|2[\da-f]{3})(?::[\da-f]{0,4}){3,7}/gi,
  /(?<=[\\/](?:Users|home)[\\/])\w+/gi,
  /\b[\w-]+\.(?:com|net|org|local|lan|example|test|corp|internal|home)\b/gi,
];

for (const { name, lines } of readTranscripts("")) {
  Deno.test(`standIns leaves no secret of ${name}, and every line as long as it was`, () => {
    const text = lines.join("\n"), result = standIns(text);
    const secrets = new Set(SECRETS.flatMap((pattern) => text.match(pattern) ?? []));
    // What ends in 0, 1 or 255 of an unknown network is another address all the same.
    for (const secret of secrets) ok(!result.includes(secret), `${secret} is still in:\n${result}`);
    same(result.split("\n").map((line) => line.length), text.split("\n").map((line) => line.length));
  });
}

Deno.test("standIns keeps kinds, and what belongs together", () => {
  const text =
    "192.168.50.1 192.168.50.17 192.168.50.0/24 10.8.0.6 172.23.21.232 172.23.16.1 20.54.37.64 192.168.50.17";
  const words = standIns(text).split(" ");
  equal(words[1], words[7]);
  const net = (word: string) => word.slice(0, word.lastIndexOf("."));
  same(words.slice(1, 3).map(net), [net(words[0]!), net(words[0]!)]);
  match(words[0]!, /^192\.168\.\d\d\.1$/);
  match(words[2]!, /^192\.168\.\d\d\.0\/24$/);
  match(words[4]!, /^172\.(1[6-9]|2\d|3[01])\.\d\d\.\d{3}$/);
  notEqual(net(words[4]!), "172.23.21");
  match(words[6]!, /^[2-9]\d\.\d\d\.\d\d\.\d\d$/);
});

Deno.test("standIns keeps what is the same on every machine", () => {
  const text =
    "0.0.0.0 127.0.0.1 255.255.240.0 239.255.255.250 10.255.255.254 ::1 [::] S-1-5-32-544 S-1-16-12288 " +
    "'{40E0AC32-46A5-438A-A0B2-2B479E8F2E90}' netsh.exe C:\\Windows\\System32 NT AUTHORITY\\SYSTEM 6.6.87.2-microsoft " +
    "wslfwd/2;c0117ac7 172.x 3000-3005 12:31:07 2026-11-25T14:31:07.123Z main.ts";
  equal(standIns(text), text);
});

Deno.test("standIns takes names away wherever they stand, whoever tells of them", () => {
  const text =
    "desktop-7f3k2ab\\mia S-1-5-21-3623811015-3361044348-30300820-1013\n/home/mia/x /mnt/c/Users/Mia Müller/y\n" +
    "\\\\nas01\\share db.corp.example.com someone@example.com Mia's node\n/home/mia2";
  const result = standIns(text, ["Mia Müller"]);
  for (const secret of ["mia", "müller", "7f3k2ab", "nas01", "corp", "someone", "3623811015"]) {
    ok(!result.toLowerCase().includes(secret), `${secret}: ${result}`);
  }
  match(result, /^\S{15}\\\w{3} S-1-5-21-\d{10}-\d{10}-\d{8}-1013$/m);
  equal(result.length, text.length);
  // The same everywhere in one text, another in the next.
  const [first, second] = [standIns("/home/jane jane"), standIns("/home/jane jane")];
  equal(first.slice(6, 10), first.slice(11));
  ok(first !== second || standIns("/home/jane jane") !== first, "not guessable");
});

Deno.test("standIns leaves what netstat shows as readable as it was", () => {
  for (const { lines, name } of readTranscripts("netstat")) {
    const text = lines.join("\r\n");
    const shape = (of: string) =>
      of.split("\r\n").map((line) => splitWords(line).map((word) => /:?\d*$/.exec(word)![0]));
    same(shape(standIns(text)), shape(text), name);
  }
});
