/** How the demo looks: who does what, in 80 columns. */

const COLOURS = { guest: 32, wslfwd: 36, LAN: 35, Windows: 34 } as const;

/** Whoever acts in the demo. */
export type Actor = keyof typeof COLOURS;

/** Columns before an actor's text, and of the whole. */
const INDENT = 9, WIDTH = 80;

const hasColour = Deno.stdout.isTerminal() && !Deno.env.get("NO_COLOR");

/** A line by itself. */
export function showLine(text = ""): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

/** A line of an actor, over several lines where it is longer than 80 columns. */
export function show(actor: Actor, text: string): void {
  const [first, ...rest] = wrap(text);
  showLine(`${paint(actor.padEnd(INDENT), COLOURS[actor])}${first}`);
  for (const line of rest) showMore(`  ${line}`);
}

/** What an actor types. */
export function showTyped(actor: Actor, text: string): void {
  showLine(`${paint(actor.padEnd(INDENT), COLOURS[actor])}${paint(text, 1)}`);
}

/** A line under the last one. */
export function showMore(text: string): void {
  showLine(`${" ".repeat(INDENT)}${text}`);
}

/** Text that matters less. */
export function dim(text: string): string {
  return paint(text, 2);
}

/** Text that matters more. */
export function strong(text: string): string {
  return paint(text, 1);
}

/** Breaks at blanks, so that what follows the indent, and two columns more, fits. */
function wrap(text: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= WIDTH - INDENT - 2) {
      lines[lines.length - 1] += ` ${word}`;
    } else lines.push(word);
  }
  return lines;
}

function paint(text: string, code: number): string {
  return hasColour ? `\x1b[${code}m${text}\x1b[0m` : text;
}
