/** Writes the tables of README.md (options, commands, JSON fields) anew from their definitions. */
import { writeDocBlocks } from "../src/cli/docs.ts";

const path = new URL("../README.md", import.meta.url);
const text = await Deno.readTextFile(path);
const written = writeDocBlocks(text);
if (written !== text) await Deno.writeTextFile(path, written);
