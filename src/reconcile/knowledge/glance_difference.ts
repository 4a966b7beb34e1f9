import type { HostGlance } from "../../contracts/host.ts";
import { formatEntry } from "../../plan/rules/entry.ts";
import type { Knowledge, Known } from "./knowledge.ts";
import { ownEntries } from "./ownership.ts";

/**
 * In what Windows looks otherwise than is known, as a text to be compared with: entries and claims that are gone, new or others, and
 * entries of ours for which nobody listens. Empty where in nothing.
 */
export function glanceDifference({ snapshot }: Known, glance: HostGlance): string {
  // Of UDP the entries are not in the host's table.
  const ours = snapshot.entries.filter(({ listen }) => listen.protocol === "tcp");
  const listening = new Set(glance.listening.map(({ family, port }) => `${family} ${port}`));
  const silent = ownEntries(snapshot).map(({ listen }) => listen).filter(({ protocol, family, port }) =>
    protocol === "tcp" && !listening.has(`${family} ${port}`)
  );
  const differences = [
    ...differ(ours.map(formatEntry), glance.entries.map(formatEntry)),
    ...differ(snapshot.claims.map(({ name }) => name), glance.claims.map(({ name }) => name)),
    ...silent.map(({ family, port }) => `silent ${family} ${port}`),
  ];
  return differences.sort().join("\n");
}

function differ(known: readonly string[], seen: readonly string[]): string[] {
  return [...new Set(known).symmetricDifference(new Set(seen))];
}

/** What glances have found so far. */
export class Glances {
  #difference = "";

  /**
   * Whether everything is to be read: a difference is a guess. One that stays although it was read is none that a read could
   * mend.
   */
  findNews(knowledge: Knowledge, glance: HostGlance): boolean {
    const last = this.#difference, difference = knowledge.isKnown ? glanceDifference(knowledge, glance) : "";
    this.#difference = difference;
    // Where what forwards listens again, that is to be read, too.
    const isSilenceOver = difference === "" && /^silent /m.test(last);
    return isSilenceOver || difference !== "" && difference !== last;
  }
}
