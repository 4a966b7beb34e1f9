/** What has been confirmed on a real Windows, by the transcripts of `deno task test:windows` in tests/recorded. */

const FOLDER = new URL("../tests/recorded/", import.meta.url);

/** The README's paragraph about it: a line for each transcript, by their names. */
export function renderConfirmed(): string {
  const names = [...Deno.readDirSync(FOLDER)].map(({ name }) => name).filter((name) =>
    /^contract-.*\.txt$/.test(name)
  );
  return describeTranscripts(names.sort().map((name) => Deno.readTextFileSync(new URL(name, FOLDER))));
}

/** The same for the texts of transcripts. Throws where one is none of test:windows. */
export function describeTranscripts(texts: readonly string[]): string {
  if (texts.length === 0) {
    return "Not yet confirmed on a real Windows: all of it has run against a simulated one only.\n" +
      "`deno task test:windows` (elevated) settles that in some minutes, and its transcript is welcome.";
  }
  return texts.map((text) => {
    const title = /^# test:windows, (.*)$/m.exec(text)?.[1];
    if (title === undefined) throw new Error("Cannot describe what is no transcript of test:windows");
    const ids = (kind: string) =>
      [...text.matchAll(new RegExp(`^${kind} +([\\w-]+): `, "gm"))].map(([, id]) => id!);
    const otherwise = ids("otherwise"), confirmed = ids("confirmed").length;
    const rest = otherwise.length === 0 ? "" : `; otherwise than thought: ${otherwise.join(", ")}`;
    return `- ${title}: ${confirmed} facts confirmed, ${ids("impossible").length} not possible there${rest}`;
  }).join("\n");
}
