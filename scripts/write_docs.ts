/** Writes the tables of the documents (options, commands, JSON fields) anew from their definitions. */
import { DOCUMENTS, writeDocBlocks } from "../src/cli/docs/docs.ts";

for (const name of DOCUMENTS) {
  const path = new URL(`../${name}`, import.meta.url);
  const text = await Deno.readTextFile(path);
  const written = writeDocBlocks(text);
  if (written !== text) await Deno.writeTextFile(path, written);
}
