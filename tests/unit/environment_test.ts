import { deepStrictEqual as equal } from "node:assert/strict";
import { join, relative } from "node:path/posix";

const ROOT = join(import.meta.dirname!, "../..");

/**
 * What changes the whole process. `deno test --parallel` runs many files in one: a cache or a registry that one test sets
 * is that of every program that another starts meanwhile.
 */
const CHANGES = /\bDeno\s*\.\s*(env\s*\.\s*(set|delete)|chdir|umask)\s*\(/g;

function listSources(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory ? listSources(path) : path.endsWith(".ts") ? [path] : [];
  }).sort();
}

function findChanges(text: string): string[] {
  return [...text.matchAll(CHANGES)].map(([words]) => words);
}

Deno.test("nothing that tests run in their process changes its environment, folder or umask", () => {
  const offences = ["src", "scripts", "tests"].flatMap((room) => listSources(join(ROOT, room))).flatMap((
    path,
  ) => findChanges(Deno.readTextFileSync(path)).map((found) => `${relative(ROOT, path)}: ${found}`));
  equal(offences, []);
});

Deno.test("findChanges sees a variable that is set or taken away, and none that is read", () => {
  const [set, taken, read] = ["set", "delete", "get"].map((verb) => `Deno.env.${verb}("HOME");`);
  equal(findChanges(`${set} ${read} ${taken}`), ["set", "delete"].map((verb) => `Deno.env.${verb}(`));
});
