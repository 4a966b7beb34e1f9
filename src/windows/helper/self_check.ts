import { endpointAt } from "../../net/endpoint.ts";
import { claimOn } from "../../plan/claims/claim.ts";
import { fastRuleWords } from "./fast_rule_words.ts";
import { lookQuickly } from "./quick_look.ts";
import type { HelperLine } from "./udp_relay.ts";

/** The discard service: nothing of today's listens there. */
const PORT = 9;

/**
 * Whether the helper can make a rule of the firewall: makes one that lets nobody in, sees it, and takes it back. Null where so,
 * else what was not as it should be. It has a tag of ours: should it stay, the next start removes it. Never rejects.
 */
export async function tryRule(helper: HelperLine, owner: string): Promise<string | null> {
  const listen = endpointAt("tcp", "127.0.0.1", PORT);
  // From Windows itself to itself alone, which no firewall asks about.
  const scope = { profiles: ["private"], remoteIps: ["127.0.0.1"] } as const;
  const claim = claimOn([{ listen, target: { kind: "direct" } }], owner, scope);
  const ask = async (words: readonly string[]) => (await helper.request(...words)).refusal;
  const sees = async () =>
    (await lookQuickly(helper))?.claims.some(({ name }) => name === claim.name) ?? false;
  try {
    const refusal = await ask(fastRuleWords(claim));
    if (refusal !== null) return `it cannot make a rule of the firewall (${refusal})`;
    const wasSeen = await sees();
    const refusedBack = await ask(["rule", "del", claim.name]);
    if (refusedBack !== null) return `it cannot take a rule of the firewall back (${refusedBack})`;
    if (!wasSeen || await sees()) return "a rule that it makes does not show in the registry";
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
