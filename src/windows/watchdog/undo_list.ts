import { diffRules } from "../../plan/changes/diff_rules.ts";
import type { Held, Operation } from "../../plan/changes/operation.ts";
import { netshWords } from "../portproxy/script/netsh_words.ts";

/** What would have to be removed from Windows if we were gone now: what is there of ours, and what is being made. */
export class UndoList {
  /** The kinds of the deletions, by their netsh line. */
  #deletions = new Map<string, Operation["kind"]>();
  /** Changes under way, and those of which it is not known what became, until Windows is read again. */
  readonly #underWay = new Set<readonly Operation[]>();
  readonly #doubtful = new Set<readonly Operation[]>();

  /** Windows was read: this is held. */
  noteHeld(held: Held): void {
    this.#deletions = new Map();
    const entries = held.entries.filter(({ listen }) => listen.protocol === "tcp");
    for (const deletion of diffRules([], { ...held, entries })) this.#add(deletion);
    for (const plan of this.#doubtful) this.#underWay.delete(plan);
    this.#doubtful.clear();
    for (const plan of this.#underWay) this.#addInverse(plan);
  }

  /** A change is about to be made; of its deletions nothing is known yet. Whether that lengthens the list. */
  noteMaking(plan: readonly Operation[]): boolean {
    const before = this.#deletions.size;
    this.#underWay.add(plan);
    this.#addInverse(plan);
    return this.#deletions.size > before;
  }

  /** A change has ended. `isWhole`: all of it was made. Whether that shortens the list. */
  noteEnd(plan: readonly Operation[], isWhole: boolean): boolean {
    if (!isWhole) {
      this.#doubtful.add(plan);
      return false;
    }
    const before = this.#deletions.size;
    this.#underWay.delete(plan);
    for (const operation of plan) {
      const deletion = inverse(operation);
      if (deletion !== null) this.#add(deletion);
      else if (isTcp(operation)) this.#deletions.delete(lineOf(operation));
    }
    return this.#deletions.size < before;
  }

  /** A script for `netsh -f` that removes it: the entries first, since a claim tells whose an entry is. */
  get script(): string {
    let entries = "", claims = "";
    for (const [line, kind] of this.#deletions) {
      if (kind === "delete-entry") entries += `${line}\r\n`;
      else claims += `${line}\r\n`;
    }
    return entries + claims;
  }

  #addInverse(plan: readonly Operation[]): void {
    for (const operation of plan) {
      const deletion = inverse(operation);
      if (deletion !== null) this.#add(deletion);
    }
  }

  #add(deletion: Operation): void {
    this.#deletions.set(lineOf(deletion), deletion.kind);
  }
}

/** What takes back an operation that makes something; null for one that does not, and where netsh has no part in it (UDP). */
function inverse(operation: Operation): Operation | null {
  switch (operation.kind) {
    case "add-entry":
      return !isTcp(operation) ? null : { kind: "delete-entry", entry: operation.entry };
    case "add-claim":
      return { kind: "delete-claim", claim: operation.claim };
    default:
      return null;
  }
}

function isTcp(operation: Operation): boolean {
  return "claim" in operation || operation.entry.listen.protocol === "tcp";
}

function lineOf(operation: Operation): string {
  return netshWords(operation).join(" ");
}
