import { deepStrictEqual as equal, match } from "node:assert/strict";
import { findTrustedProgram } from "../../../src/linux/proc/trusted_program.ts";

Deno.test("findTrustedProgram finds a program of the system, without links in its path", () => {
  const { path, refusal } = findTrustedProgram("sh");
  equal([path, refusal], [Deno.realPathSync("/bin/sh"), null]);
});

Deno.test("findTrustedProgram finds nothing where there is nothing", () => {
  equal(findTrustedProgram("no-such-program"), { path: null, refusal: null });
});

const refusals: readonly (readonly [string, (directory: string) => Promise<void>, RegExp])[] = [
  [
    "that others can write",
    (directory) =>
      Deno.writeTextFile(`${directory}/tool`, "", { mode: 0o755 }).then(() =>
        Deno.chmod(`${directory}/tool`, 0o777)
      ),
    /tool can be written by others than root$|does not belong to root$/,
  ],
  ["that is a directory", (directory) => Deno.mkdir(`${directory}/tool`), /tool is no file$/],
  [
    "that is not executable",
    (directory) => Deno.writeTextFile(`${directory}/tool`, "", { mode: 0o644 }),
    /tool is not executable$|does not belong to root$/,
  ],
  [
    "below a directory that others can write",
    (directory) => Deno.writeTextFile(`${directory}/tool`, "", { mode: 0o755 }),
    /can be written by others than root$|does not belong to root$/,
  ],
];
for (const [name, prepare, expected] of refusals) {
  Deno.test(`findTrustedProgram refuses a program ${name}`, async () => {
    const directory = await Deno.makeTempDir();
    try {
      await prepare(directory);
      const { path, refusal } = findTrustedProgram("tool", [directory]);
      equal(path, null);
      match(refusal ?? "", expected);
    } finally {
      await Deno.remove(directory, { recursive: true });
    }
  });
}

Deno.test("findTrustedProgram judges where a link leads, not the link", async () => {
  const directory = await Deno.makeTempDir();
  try {
    await Deno.symlink("/bin/sh", `${directory}/tool`);
    equal(findTrustedProgram("tool", [directory]).path, Deno.realPathSync("/bin/sh"));
    await Deno.remove(`${directory}/tool`);
    await Deno.symlink("/nonexistent", `${directory}/tool`);
    equal(findTrustedProgram("tool", [directory]), { path: null, refusal: null });
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
