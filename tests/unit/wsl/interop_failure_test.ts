import { deepStrictEqual as equal } from "node:assert/strict";
import {
  findInteropFailure,
  type InteropFailure,
  isInteropFailure,
  refusalWords,
} from "../../../src/wsl/interop_failure.ts";

const NETSH = "/mnt/c/Windows/System32/netsh.exe";

/** A result of netsh.exe. */
function result(exitCode: number, stdout: string, stderr: string) {
  const encoder = new TextEncoder();
  return {
    argv: [NETSH, "-f", "x"],
    exitCode,
    stdout: encoder.encode(stdout),
    stderr: encoder.encode(stderr),
    durationMs: 1,
  };
}

const PREFIX = "<3>WSL (4711 - Interop) ERROR: ";

Deno.test("findInteropFailure tells how WSL failed, and that a program did", () => {
  type Row = readonly [string, number, string, string, InteropFailure | null];
  const rows: readonly Row[] = [
    ["the program is fine", 0, "\r\n", "", null],
    ["the program fails", 1, "The file cannot be found.\r\n\r\n", "", null],
    ["the program complains on stderr", 1, "", "ERROR: Registry editing has been disabled.\r\n", null],
    [
      "no answer (microsoft/WSL#8677)",
      1,
      "",
      `${PREFIX}UtilAcceptVsock:271: accept4 failed 110\n`,
      "unanswered",
    ],
    [
      "the same, older",
      1,
      "",
      "<3>init: (42) ERROR: UtilAcceptVsock:244: accept4 failed 110\n",
      "unanswered",
    ],
    ["no session", 1, "", `${PREFIX}UtilConnectUnix:525: connect failed 111\n`, "dead"],
    ["no Windows", 1, "", `${PREFIX}UtilConnectVsock:320: connect port 50000 failed 99\n`, "dead"],
    ["refused by Windows", 1, "", `${NETSH}: Permission denied\n`, "refused"],
    ["the same, as a negative number is told", 1, "", `${NETSH}: Unknown error -22\n`, "refused"],
    ["another program's path", 1, "", "/mnt/c/Windows/System32/reg.exe: Permission denied\n", null],
    ["a program that printed and then names itself", 1, "x\r\n", `${NETSH}: Permission denied\n`, null],
    ["no word", 1, "", "", "silent"],
    ["no binfmt, /bin/sh", 127, "", `${NETSH}: 1: MZ: not found\n`, "unknown"],
    ["no binfmt, no right to execute", 126, "", "Permission denied\n", "unknown"],
    ["a program that ends with 2", 2, "System error 5 has occurred.\r\n", "", null],
  ];
  for (const [name, exitCode, stdout, stderr, failure] of rows) {
    const each = result(exitCode, stdout, stderr);
    equal([findInteropFailure(each), isInteropFailure(each)], [failure, failure !== null], name);
  }
});

Deno.test("refusalWords gives the reason alone", () => {
  equal(refusalWords(result(1, "", `${NETSH}: No such file or directory\n`)), "No such file or directory");
});
