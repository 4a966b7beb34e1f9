import type { HostCheck } from "../../contracts/host.ts";
import type { HostListener } from "../../plan/desired/host_view.ts";
import { doubt } from "./doubt.ts";
import type { Knowledge } from "./knowledge.ts";

/**
 * What is known once ports and claims were read beside the changes. Where a claim of ours is missing, what is held is
 * unknown: more may be otherwise. `isOvertaken`: a change was made meanwhile, so that the claims prove nothing.
 */
export function afterCheck(knowledge: Knowledge, check: HostCheck, isOvertaken: boolean): Knowledge {
  if (!knowledge.isKnown) return knowledge;
  const { claims, taken, isForwarderRunning } = check, { snapshot } = knowledge;
  const names = new Set(claims.map(({ name }) => name));
  const isMissing = !isOvertaken && snapshot.claims.some(({ name }) => !names.has(name));
  if (isMissing) return doubt(knowledge);
  // The earlier list where the later one says the same: what was worked out from it holds, too.
  const ports = { isForwarderRunning, taken: sameTaken(snapshot.taken, taken) ? snapshot.taken : taken };
  return { ...knowledge, snapshot: { ...snapshot, ...ports } };
}

function sameTaken(a: readonly HostListener[], b: readonly HostListener[]): boolean {
  return a.length === b.length &&
    a.every((one, i) => {
      const { protocol, address, port, pid } = b[i]!;
      return one.port === port && one.protocol === protocol && one.address === address && one.pid === pid;
    });
}
