import { deepStrictEqual as equal, throws } from "node:assert/strict";
import { parseEphemeralPorts, readEphemeralPorts } from "../../../src/linux/proc/ephemeral_ports.ts";
import { isWsl2Kernel, readKernelRelease } from "../../../src/linux/proc/kernel_release.ts";
import { ProcSyntaxError } from "../../../src/linux/proc/proc_syntax_error.ts";

Deno.test("parseEphemeralPorts reads two ports", () => {
  equal(parseEphemeralPorts("32768\t60999\n"), { first: 32768, last: 60999 });
});

Deno.test("parseEphemeralPorts refuses anything else", () => {
  for (const text of ["", "\n", "32768\n", "60999\t32768\n", "0\t5\n", "1\t65536\n", "1\t2\t3\n", "a\tb\n"]) {
    throws(() => parseEphemeralPorts(text), ProcSyntaxError, JSON.stringify(text));
  }
});

Deno.test("readEphemeralPorts reads this kernel's range", () => {
  const { first, last } = readEphemeralPorts();
  equal(first <= last, true);
});

Deno.test("isWsl2Kernel tells WSL2 from WSL1 and from other kernels", () => {
  const cases: readonly [string, boolean][] = [
    ["5.15.153.1-microsoft-standard-WSL2", true],
    ["6.6.87.2-microsoft-standard-WSL2+", true],
    ["6.1.0-Microsoft-custom", true],
    ["4.19.128-microsoft-standard", true],
    ["4.4.0-19041-Microsoft", false],
    ["6.1.0-18-amd64", false],
    ["", false],
  ];
  for (const [release, expected] of cases) equal(isWsl2Kernel(release), expected, release);
});

Deno.test("readKernelRelease returns what uname -r prints", () => {
  equal(readKernelRelease(), Deno.osRelease());
});
