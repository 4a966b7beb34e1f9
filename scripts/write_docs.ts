/** Writes parts of the documents anew from what they tell of: options, commands, JSON fields; transcripts of Windows; figures. */
import { renderConfirmed } from "./confirmed.ts";
import { renderForms } from "./forms.ts";
import { DOCUMENTS, writeDocBlocks } from "../src/cli/docs/docs.ts";

const BLOCKS: Readonly<Record<string, string>> = {
  confirmed: renderConfirmed(),
  forms: renderForms(await Deno.readTextFile(new URL("../docs/bench.md", import.meta.url))),
};

for (const name of DOCUMENTS) {
  const path = new URL(`../${name}`, import.meta.url);
  const text = await Deno.readTextFile(path);
  let written = writeDocBlocks(text);
  for (const [block, content] of Object.entries(BLOCKS)) {
    written = written.replace(
      new RegExp(`(<!-- ${block} -->\\n)[^]*?(<!-- /${block} -->)`),
      (_, begin: string, end: string) => `${begin}\n${content}\n\n${end}`,
    );
  }
  if (written !== text) await Deno.writeTextFile(path, written);
}
