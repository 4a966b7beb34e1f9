import { equal } from "node:assert/strict";
import { describeEnd } from "../../../src/windows/run/describe_end.ts";
import { describeScriptEnd } from "../../../src/windows/portproxy/script/script_images.ts";
import { ENTRIES, showTable } from "./samples.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** A program that ended with 1. */
function ended(
  stdout: Uint8Array,
  stderr: Uint8Array = bytes(""),
  argv = ["/mnt/c/Windows/System32/reg.exe", "query"],
) {
  return { argv, exitCode: 1, stdout, stderr, durationMs: 1 };
}

Deno.test("describeEnd says the command in short, its exit status and Windows' first words", () => {
  const forbidden = bytes("ERROR: Registry editing has been disabled.\r\n\r\nmore\r\n");
  equal(
    describeEnd(ended(bytes("x\r\n"), forbidden)),
    "reg.exe query ended with 1: ERROR: Registry editing has been disabled.",
  );
  equal(
    describeEnd(ended(bytes("\r\n  Access   is denied.\r\n"))),
    "reg.exe query ended with 1: Access is denied.",
  );
  equal(describeEnd(ended(bytes("\r\n"))), "reg.exe query ended with 1, without a word");
  equal(describeEnd(ended(bytes("拒绝访问。\r\n"))), "reg.exe query ended with 1: 拒绝访问。");
  equal(
    describeEnd(ended(new Uint8Array([0xbe, 0xdc, 0x20, 0x35, 0x0d, 0x0a]))),
    "reg.exe query ended with 1: ? 5",
  );
  const long = describeEnd(ended(bytes("y".repeat(5000)), bytes(""), ["/a/netsh.exe", "x".repeat(5000)]));
  equal(long.length < 260, true);
});

Deno.test("describeScriptEnd takes the words of the line that failed, not a row of a table", () => {
  const table = showTable(ENTRIES);
  const output = `${table}Ok.\r\n\r\nThe RPC server is unavailable.\r\n\r\n${table}`;
  equal(
    describeScriptEnd(ended(bytes(output))),
    "netsh.exe -f … ended with 1: The RPC server is unavailable.",
  );
});
