import type { HeldClaim } from "../../../plan/claims/claim.ts";
import { claimedEntries } from "../../../plan/claims/claim_index.ts";
import type { Entry } from "../../../plan/rules/entry.ts";
import { EntryIndex } from "../../../plan/rules/entry_index.ts";
import { claimsInScript } from "./netsh_words.ts";
import { type ScriptFile, ScriptFolder } from "./protected_folder.ts";

/** How long after it was written the script of a netsh that was cut off is kept, in milliseconds. */
const DOUBT_MS = 600_000;

/** A script of a netsh that was cut off. */
interface Doubt {
  /** The entries that it may still make. */
  readonly entries: Iterable<Entry>;
  /** When it was written, in milliseconds since 1970. */
  readonly writtenMs: number;
}

/**
 * Writes scripts for netsh, and keeps those that tell a later run whose an entry is. netsh goes on after a line that failed,
 * so an entry may be there without its claim; and a netsh that was cut off may make one when nobody looks any more.
 */
export class ScriptLedger {
  readonly #folder: Promise<ScriptFolder> | null;
  /** Removes the scripts that are kept until what came of them was put right. */
  #removeFailed: (() => Promise<void>)[] = [];
  readonly #doubts = new Map<string, Doubt>();

  /** `windowsFolder`: where the Windows folder is mounted, null where it is not. `owner`: whose scripts are ours. */
  constructor(windowsFolder: string | null, owner: Promise<string>) {
    this.#folder = windowsFolder === null
      ? null
      : owner.then((owner) => new ScriptFolder(windowsFolder, owner));
    this.#folder?.catch(() => {}); // Whoever writes hears of it.
  }

  /** Null where no protected place can be had: an unelevated or absent mount, or a full disk. */
  async tryWrite(text: string): Promise<ScriptFile | null> {
    try {
      return await (await this.#folder)?.write(text) ?? null;
    } catch {
      return null;
    }
  }

  /** All of a script was done. With it, all that had failed before was put right: that always comes first. */
  async noteSuccess(script: ScriptFile): Promise<void> {
    for (const remove of this.#removeFailed.splice(0)) await remove();
    await script.remove();
  }

  /** A script has ended, but not all of it was done. */
  noteFailure(script: ScriptFile): void {
    this.#removeFailed.push(() => script.remove());
  }

  /** The netsh that ran a script with these claims was cut off. */
  noteCutOff(
    { name, writtenMs }: Pick<ScriptFile, "name" | "writtenMs">,
    claims: readonly HeldClaim[],
  ): void {
    const entries = claimedEntries(claims);
    if (entries.size > 0) this.#doubts.set(name, { entries, writtenMs });
  }

  /** Windows holds these entries. Where what a script was to make is there, its netsh has done with it. */
  noteSeen(entries: readonly Entry[]): void {
    if (this.#doubts.size === 0) return;
    const there = new EntryIndex(entries);
    for (const [name, doubt] of this.#doubts) {
      if ([...doubt.entries].every((entry) => there.has(entry))) this.#doubts.delete(name);
    }
  }

  /** What the scripts claim that earlier runs left; null where they left none. Never throws. */
  async readLeft(): Promise<HeldClaim[] | null> {
    const scripts = await (await this.#folder)?.readScripts() ?? [];
    if (scripts.length === 0) return null;
    return scripts.flatMap((script) => {
      const claims = claimsInScript(script.text);
      this.noteCutOff(script, claims);
      return claims;
    });
  }

  /** What earlier runs left has to be put right first. */
  keepLeft(): void {
    this.#removeFailed.push(() => this.clear());
  }

  /** Removes our scripts but those of which an entry may still come, and the folder where nothing is left in it. Never throws. */
  async clear(): Promise<void> {
    const young = [...this.#doubts].filter(([, { writtenMs }]) => Date.now() - writtenMs < DOUBT_MS);
    await (await this.#folder)?.clear(new Set(young.map(([name]) => name)));
  }
}
