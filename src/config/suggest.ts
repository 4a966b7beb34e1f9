/**
 * The known word that somebody who typed `found` most likely meant, or null where none is near: one that `found`
 * abbreviates, else the one fewest edits away (a letter more, less, other, or two swapped), as long as that
 * leaves two thirds of the word alone. Case is ignored; of two that are as near, the first known one.
 */
export function suggest(found: string, known: readonly string[]): string | null {
  const word = found.toLowerCase();
  // Distances of long texts cost time, and nobody mistypes sixty letters.
  if (word === "" || word.length > 60) return null;
  const longer = known.filter((candidate) => candidate.toLowerCase().startsWith(word));
  if (word.length >= 3 && longer.length > 0) return longer[0]!;
  let best: { candidate: string; distance: number } | null = null;
  for (const candidate of known) {
    const distance = editDistance(word, candidate.toLowerCase());
    const limit = Math.max(1, Math.floor(Math.max(word.length, candidate.length) / 3));
    if (distance <= limit && (best === null || distance < best.distance)) best = { candidate, distance };
  }
  return best?.candidate ?? null;
}

/** Optimal string alignment distance: Levenshtein's, and swapping two neighbours counts one. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substituted = last[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1);
      let distance = Math.min(last[column]! + 1, current[column - 1]! + 1, substituted);
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        distance = Math.min(distance, beforeLast[column - 2]! + 1);
      }
      current.push(distance);
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length]!;
}
