/** Bits of CapEff (linux/capability.h). */
const BITS = { CAP_NET_ADMIN: 12n, CAP_SYS_ADMIN: 21n, CAP_PERFMON: 38n, CAP_BPF: 39n } as const;

/** A right that some eBPF needs. */
export type Capability = "CAP_BPF" | "CAP_PERFMON" | "CAP_NET_ADMIN";

/** Those that CAP_SYS_ADMIN stands for, as it did before Linux 5.8. */
const WITHIN_SYS_ADMIN: readonly Capability[] = ["CAP_BPF", "CAP_PERFMON"];

/** Which of the capabilities are missing in the text of `/proc/self/status`; none where the text does not tell. */
export function findMissingCapabilities(
  status: string,
  needed: readonly Capability[] = WITHIN_SYS_ADMIN,
): Capability[] {
  const match = /^CapEff:\s*([\da-f]{1,16})$/m.exec(status);
  if (match === null) return [];
  const effective = BigInt(`0x${match[1]}`);
  const has = (name: keyof typeof BITS) => (effective >> BITS[name] & 1n) === 1n;
  return needed.filter((name) => !has(name) && !(has("CAP_SYS_ADMIN") && WITHIN_SYS_ADMIN.includes(name)));
}
