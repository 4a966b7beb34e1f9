/** How a check came out. `note`: nothing is wrong, but it is worth a word. `unknown`: it could not be told. */
export type Mark = "ok" | "note" | "failed" | "unknown";

/** What one check found. */
export interface Finding {
  /** A word that stands for the check and does not change: scripts go by it. */
  readonly check: string;
  /** How it came out. */
  readonly mark: Mark;
  /** What was found, in one line. Hostile text: it may hold names of programs and entries of others. */
  readonly text: string;
  /** What mends it: a command, or what to do; null where nothing has to be done. Hostile text. */
  readonly remedy: string | null;
}

/** Nothing is wrong. */
export function ok(check: string, text: string): Finding {
  return { check, mark: "ok", text, remedy: null };
}

/** Nothing is wrong, but it is worth a word. */
export function note(check: string, text: string, remedy: string | null = null): Finding {
  return { check, mark: "note", text, remedy };
}

/** It does not work. */
export function failed(check: string, text: string, remedy: string): Finding {
  return { check, mark: "failed", text, remedy };
}

/** It could not be told. */
export function unknown(check: string, text: string, remedy: string | null = null): Finding {
  return { check, mark: "unknown", text, remedy };
}

/** Whether all is well as far as it could be told: a check that could not be made is no failure. */
export function isWell(findings: readonly Finding[]): boolean {
  return findings.every(({ mark }) => mark !== "failed");
}

/** How many checks could not be made. */
export function countUnknown(findings: readonly Finding[]): number {
  return findings.filter(({ mark }) => mark === "unknown").length;
}
