import { deepStrictEqual as same, equal, rejects } from "node:assert/strict";
import { HelperFolder } from "../../../src/windows/helper/helper_files.ts";
import { ScriptFolder } from "../../../src/windows/portproxy/script/protected_folder.ts";
import { UndoFile } from "../../../src/windows/watchdog/undo_file.ts";

/** What writes into the folder, each by its first write. */
const WRITERS: Readonly<Record<string, (windows: string) => Promise<unknown>>> = {
  "a script": (windows) => new ScriptFolder(windows, "c683d27c").write("text"),
  "what the watchdog runs": (windows) => new UndoFile(windows, "c683d27c").write(() => "text"),
  "the helper's source": (windows) => new HelperFolder(windows, "c683d27c").writeSource("text"),
};

/** Runs something while each folder that is made is gone again at once, so many times. */
async function withThief(times: number, run: () => Promise<void>): Promise<void> {
  const mkdir = Deno.mkdir;
  let left = times;
  try {
    Deno.mkdir = async (path, options) => {
      await mkdir(path, options);
      if (left-- > 0) await Deno.remove(path);
    };
    await run();
  } finally {
    Deno.mkdir = mkdir;
  }
}

for (const [what, write] of Object.entries(WRITERS)) {
  Deno.test(`${what} is written although somebody takes the empty folder away in between`, async () => {
    const windows = await Deno.makeTempDir();
    try {
      await withThief(2, async () => void await write(windows));
      const names = [...Deno.readDirSync(`${windows}/wslfwd`)].map(({ name }) => name);
      equal(names.length, 1);
      equal(await Deno.readTextFile(`${windows}/wslfwd/${names[0]}`), "text");
      await Deno.remove(`${windows}/wslfwd`, { recursive: true });
      await withThief(Infinity, () => rejects(write(windows), Deno.errors.NotFound));
      same([...Deno.readDirSync(windows)], []);
    } finally {
      await Deno.remove(windows, { recursive: true });
    }
  });
}

Deno.test("a ScriptFolder that has written before makes the folder anew", async () => {
  const windows = await Deno.makeTempDir();
  try {
    const folder = new ScriptFolder(windows, "c683d27c");
    await (await folder.write("1")).remove();
    await Deno.remove(`${windows}/wslfwd`);
    const { name } = await folder.write("2");
    equal(await Deno.readTextFile(`${windows}/wslfwd/${name}`), "2");
  } finally {
    await Deno.remove(windows, { recursive: true });
  }
});
