/** Writes parts of the documents anew from what they tell of: options, commands, JSON fields; what was confirmed on Windows. */
import { renderConfirmed } from "./confirmed.ts";
import { DOCUMENTS, writeDocBlocks } from "../src/cli/docs/docs.ts";

for (const name of DOCUMENTS) {
  const path = new URL(`../${name}`, import.meta.url);
  const text = await Deno.readTextFile(path);
  const written = writeDocBlocks(text).replace(
    /(<!-- confirmed -->\n)[^]*?(<!-- \/confirmed -->)/,
    (_, begin: string, end: string) => `${begin}\n${renderConfirmed()}\n\n${end}`,
  );
  if (written !== text) await Deno.writeTextFile(path, written);
}
