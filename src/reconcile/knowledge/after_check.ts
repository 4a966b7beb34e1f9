import type { HostCheck } from "../../contracts/host.ts";
import { doubt } from "./doubt.ts";
import type { Knowledge } from "./knowledge.ts";

/**
 * What is known once ports and claims were read beside the changes. Where a claim of ours is missing, what is held is
 * unknown: more may be otherwise. `isOvertaken`: a change was made meanwhile, so that the claims prove nothing.
 */
export function afterCheck(knowledge: Knowledge, check: HostCheck, isOvertaken: boolean): Knowledge {
  if (!knowledge.isKnown) return knowledge;
  const { claims, ...ports } = check;
  const names = new Set(claims.map(({ name }) => name));
  const isMissing = !isOvertaken && knowledge.snapshot.claims.some(({ name }) => !names.has(name));
  return isMissing ? doubt(knowledge) : { ...knowledge, snapshot: { ...knowledge.snapshot, ...ports } };
}
