import { deepStrictEqual as equal, ok, throws } from "node:assert/strict";
import { COMMANDS, SHELLS } from "../../../src/cli/args/command_table.ts";
import { renderCompletions } from "../../../src/cli/complete/completions.ts";
import { DOC_BLOCKS, DOCUMENTS, optionTableMarkdown, writeDocBlocks } from "../../../src/cli/docs/docs.ts";
import { EXAMPLES, optionLabel, renderHelp } from "../../../src/cli/docs/help.ts";
import { EVENT_FIELDS } from "../../../src/cli/json/json_fields.ts";
import { EXIT_CODES } from "../../../src/cli/docs/exit_codes.ts";
import { renderMan } from "../../../src/cli/docs/man.ts";
import { renderTopic } from "../../../src/cli/docs/topic.ts";
import { OPTIONS } from "../../../src/cli/args/option_table.ts";
import { parseCommandLine } from "../../../src/cli/args/parse_command_line.ts";
import { textWidth } from "../../../src/cli/screen/terminal/text_width.ts";
import { CONFIG_KEYS } from "../../../src/config/file/config_keys.ts";
import { ExitCode } from "../../../src/daemon/exit_code.ts";

Deno.test("renderHelp fits a screen of 80 columns and 70 rows", () => {
  const lines = renderHelp().split("\n");
  equal(lines.pop(), "");
  ok(lines.length <= 70, `${lines.length} lines`);
  equal(lines.filter((line) => textWidth(line) > 80), []);
});

Deno.test("renderHelp lists every option, command and five examples that can be typed", async () => {
  const help = renderHelp();
  for (const option of OPTIONS) ok(help.includes(`  ${optionLabel(option)} `), option.name);
  for (const { name, brief } of COMMANDS) ok(help.includes(`  ${name} `) && help.includes(brief), name);
  equal(EXAMPLES.length, 5);
  for (const { command } of EXAMPLES) {
    ok(help.includes(command));
    const argv = command.replace(/^sudo /, "").split(" ").slice(1);
    ok((await parseCommandLine(argv)).kind !== "usage-error", command);
  }
});

Deno.test("renderTopic says of a command which options it takes, and of an option what it means", () => {
  for (const command of COMMANDS) {
    const text = renderTopic(command.name);
    ok(text.includes(command.brief), command.name);
    const options: readonly string[] = command.options;
    for (const option of OPTIONS) {
      const isIts = options.includes(option.name) || option.name === "help";
      equal(text.includes(`  ${optionLabel(option)} `), isIts, `${command.name} --${option.name}`);
    }
  }
  for (const word of ["allow", "--allow", "allow_program_name"]) {
    ok(renderTopic(word).startsWith("--allow NAME"), word);
    ok(renderTopic(word).includes("Config key: allow_program_name\n"), word);
  }
  throws(() => renderTopic("wyh"), {
    message: `there is no command or option "wyh"; did you mean wslfwd help why?`,
  });
});

for (const shell of SHELLS) {
  Deno.test(`renderCompletions mentions every option, command and value for ${shell}`, () => {
    const script = renderCompletions(shell);
    for (const { name, values } of OPTIONS) {
      ok(script.includes(shell === "fish" ? `-l ${name} ` : `--${name}`), name);
      for (const value of values) ok(script.includes(value), value);
    }
    for (const { name } of COMMANDS) ok(script.includes(name), name);
  });
}

Deno.test("renderMan mentions every option, command, config key, exit code and JSON field", () => {
  const man = renderMan().replaceAll("\\-", "-");
  for (const option of OPTIONS) {
    ok(man.includes(`.B ${optionLabel(option)}\n`), option.name);
    ok(option.configKey === null || man.includes(`Config key: ${option.configKey}.`), option.name);
  }
  for (const { name } of COMMANDS) ok(man.includes(`.B ${name}`), name);
  for (const [code] of EXIT_CODES) ok(man.includes(`.B ${code}\n`));
  for (const [type, fields] of Object.entries(EVENT_FIELDS)) {
    ok(man.includes(`.SS ${type}\n`), type);
    for (const { name } of fields) ok(man.includes(`.B ${name} (`), name);
  }
});

Deno.test("renderMan begins no line of text with a request", () => {
  const requests = /^\.(TH|nh|ad l|SH|SS|TP|B)\b/;
  const lines = renderMan().split("\n");
  equal(lines.filter((line) => /^[.']/.test(line) && !requests.test(line)), []);
});

Deno.test("EXIT_CODES are those that wslfwd ends with", () => {
  equal(EXIT_CODES.map(([code]) => code), Object.values(ExitCode));
});

Deno.test("OPTIONS and CONFIG_KEYS name the same settings", () => {
  const keys = OPTIONS.flatMap(({ configKey }) => configKey === null ? [] : [configKey]);
  equal(keys.toSorted(), CONFIG_KEYS.map(({ name }) => name).toSorted());
  equal(new Set(OPTIONS.map(({ name }) => name)).size, OPTIONS.length);
});

Deno.test("COMMANDS take only options that there are", () => {
  for (const { name, options } of COMMANDS) {
    for (const option of options) ok(OPTIONS.some((known) => known.name === option), `${name} --${option}`);
  }
});

Deno.test("writeDocBlocks writes what stands between the markers, and nothing else", () => {
  const text = "a\n<!-- options -->\nold\n<!-- /options -->\nb $& $1\n";
  const written = `a\n<!-- options -->\n\n${optionTableMarkdown()}\n\n<!-- /options -->\nb $& $1\n`;
  equal(writeDocBlocks(text), written);
  equal(writeDocBlocks(written), written);
  throws(() => writeDocBlocks("<!-- options -->\n"), RangeError);
  throws(() => writeDocBlocks("<!-- nonsense -->\n<!-- /nonsense -->\n"), RangeError);
});

Deno.test("the documents hold what the tables say (deno run -RW scripts/write_docs.ts writes it)", async () => {
  const held = new Set<string>();
  for (const name of DOCUMENTS) {
    const text = await Deno.readTextFile(new URL(`../../../${name}`, import.meta.url));
    ok(text === writeDocBlocks(text), `${name} has drifted`);
    for (const block of Object.keys(DOC_BLOCKS)) if (text.includes(`<!-- ${block} -->`)) held.add(block);
  }
  equal(held, new Set(Object.keys(DOC_BLOCKS)));
});
