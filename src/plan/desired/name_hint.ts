import { namesOf, type Program } from "../../net/listener.ts";

/** A part of a name is taken for it from so many letters on. */
const MIN_PART = 3;

/**
 * Which of the allowed names seems to mean this program and is not its name: a path, another case, a part of it; a clause that
 * says so, else empty. Only a whole name counts, so that nothing is opened that nobody named. Hostile text.
 */
export function hintAtName(allowed: readonly string[], program: Program | null): string {
  if (program === null) return "";
  const names = namesOf(program);
  for (const word of allowed) {
    const base = word.slice(word.lastIndexOf("/") + 1), lower = base.toLowerCase();
    if (lower === "") continue;
    const isNear = names.some((name) => name.toLowerCase() === lower) ||
      lower.length >= MIN_PART && program.name.toLowerCase().includes(lower);
    if (isNear) return `--allow ${word} does not name it: --allow ${program.name} does`;
  }
  return "";
}
