/** Bits of CapEff (linux/capability.h). */
const CAP_SYS_ADMIN = 21n, CAP_PERFMON = 38n, CAP_BPF = 39n;

/**
 * Which of the capabilities that eBPF needs are missing in the text of `/proc/self/status`; none where the text does
 * not tell. CAP_SYS_ADMIN stands for both, as it did before Linux 5.8.
 */
export function findMissingCapabilities(status: string): string[] {
  const match = /^CapEff:\s*([\da-f]{1,16})$/m.exec(status);
  if (match === null) return [];
  const effective = BigInt(`0x${match[1]}`);
  const has = (bit: bigint) => (effective >> bit & 1n) === 1n;
  if (has(CAP_SYS_ADMIN)) return [];
  return [...(has(CAP_BPF) ? [] : ["CAP_BPF"]), ...(has(CAP_PERFMON) ? [] : ["CAP_PERFMON"])];
}
