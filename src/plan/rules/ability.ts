import type { Family } from "../../net/address.ts";
import type { Protocol } from "../../net/endpoint.ts";
import type { Rule, Target } from "./rule.ts";

/** What one thing of the host that carries rules can carry. */
export interface Ability {
  /** What it is, in a word that may be shown. */
  readonly name: string;
  /** Where it can lead to. */
  readonly targets: readonly Target["kind"][];
  /** What it can speak. */
  readonly protocols: readonly Protocol[];
  /** Of which family the endpoints may be that it listens on. */
  readonly families: readonly Family[];
}

/** The first that can carry a rule; null where none can. */
export function whoCarries({ listen, target }: Rule, abilities: readonly Ability[]): Ability | null {
  return abilities.find(({ targets, protocols, families }) =>
    targets.includes(target.kind) && protocols.includes(listen.protocol) && families.includes(listen.family)
  ) ?? null;
}
