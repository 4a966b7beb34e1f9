import type { Random } from "../unit/random.ts";

/** A text of a program, damaged, and how. */
export interface Mutation {
  /** For messages. */
  readonly how: string;
  /** Its lines. */
  readonly lines: readonly string[];
}

/** Every way to drop or to double one line, and some to reorder them. */
export function mutateLines(lines: readonly string[], random: Random): Mutation[] {
  const mutations: Mutation[] = [{ how: "as it is", lines }];
  for (const i of lines.keys()) {
    mutations.push({ how: `line ${i + 1} dropped`, lines: lines.toSpliced(i, 1) });
    mutations.push({ how: `line ${i + 1} doubled`, lines: lines.toSpliced(i, 0, lines[i]!) });
  }
  for (let i = 0; i < 10; i++) mutations.push({ how: `reordered (${i})`, lines: random.shuffle(lines) });
  return mutations;
}
