import { type Family, parseIpv6 } from "../../../net/address.ts";
import { readPortWord } from "../../../net/port_words.ts";
import type { Entry } from "../../../plan/rules/entry.ts";
import { entryOfWords, type EntryWords } from "./entry_of_words.ts";
import { splitWords } from "../../run/output_text.ts";

/** How wide the first three columns are, and how many blanks stand behind each: `%-15s %-10s  %-15s %-10s`. */
const WIDTHS = [15, 10, 15] as const, GAPS = [1, 2, 1] as const;

/** A word, and where in the row it begins. */
interface Word {
  readonly text: string;
  readonly start: number;
}

/**
 * Parts a row of netsh's portproxy table into its four columns. A column may be empty or hold several words: Microsoft's own
 * snippet `connectaddress=$(wsl hostname -I)` stores two addresses where the guest has Docker. So the columns are told by
 * their places; long words push those behind them to the right. Null where they cannot be told. `from`, `to`: the families of the table.
 */
export function splitRow(row: string, from: Family = 4, to: Family = 4): Entry | null {
  const words = partRow(row);
  return words === null ? null : entryOfWords(words, from, to);
}

function partRow(row: string): EntryWords | null {
  const usual = readUsual(row);
  if (usual !== null) return usual;
  const words = [...row.matchAll(/[^ \t]+/g)].map(({ 0: text, index: start }): Word => ({ text, start }));
  const inPlace = splits(words).filter((split) => isInPlace(row, split));
  if (inPlace.length === 1) return wordsOf(row, inPlace[0]!);
  const sensible = inPlace.filter(({ listenPort, connectPort }) =>
    isPort(listenPort.text) && isPort(connectPort.text)
  );
  if (sensible.length === 1) return wordsOf(row, sensible[0]!);
  const last = words.length - 1;
  // The columns are elsewhere on this Windows. The two ports are one word each.
  if (last < 3 || !(last === 3 || (isPort(words[1]!.text) && isPort(words[last]!.text)))) return null;
  return wordsOf(row, {
    listenPort: words[1]!,
    connectStart: words[2]!.start,
    connectPort: words[last]!,
  });
}

/** A row as nearly all are, read at once: four words, two of them ports, the first at its begin. */
function readUsual(row: string): EntryWords | null {
  const [listenAddress, listenPort, connectAddress, connectPort, more] = splitWords(row);
  const isUsual = connectPort !== undefined && more === undefined && row.startsWith(listenAddress!) &&
    isPort(listenPort!) && isPort(connectPort);
  return isUsual
    ? {
      listenAddress: listenAddress!,
      listenPort: listenPort!,
      connectAddress: connectAddress!,
      connectPort,
    }
    : null;
}

/** Whether a line outside of a table reads as one of its rows: two ports, and two words that may be addresses. */
export function isRow(line: string): boolean {
  const words = splitWords(line);
  if (words.length !== 4) return false;
  const [listenAddress, listenPort, connectAddress, connectPort] = words as [string, string, string, string];
  return isAddress(listenAddress) && isAddress(connectAddress) &&
    isPort(listenPort) && isPort(connectPort);
}

/** A way to part a row: the addresses are what stands before each port. */
interface Split {
  readonly listenPort: Word;
  /** Where the second address begins; where its port does if it is empty. */
  readonly connectStart: number;
  readonly connectPort: Word;
}

/** Every way: the last word is a port, and one of those before it. Of as many words as any row that makes sense. */
function splits(words: readonly Word[]): Split[] {
  const connectPort = words.at(-1);
  if (connectPort === undefined || words.length > 64) return [];
  return words.slice(0, -1).map((listenPort, i) => ({
    listenPort,
    connectStart: words[i + 1]!.start,
    connectPort,
  }));
}

/** Whether netsh would have printed these columns at these places. */
function isInPlace(row: string, { listenPort, connectStart, connectPort }: Split): boolean {
  if (!fills(row.slice(0, listenPort.start), 0)) return false;
  const place = listenPort.start + Math.max(listenPort.text.length, WIDTHS[1]) + GAPS[1];
  const isEmpty = connectStart === connectPort.start;
  return (isEmpty || connectStart === place) && fills(row.slice(place, connectPort.start), 2);
}

/** Whether netsh would have printed what stands in a column, with the blanks behind it. */
function fills(text: string, column: 0 | 2): boolean {
  const length = text.trimEnd().length, room = text.length - GAPS[column];
  // What was stored may end with a blank: so it does where `hostname -I` made it.
  return room === Math.max(length, WIDTHS[column]) || (length >= WIDTHS[column] && room === length + 1);
}

function wordsOf(row: string, { listenPort, connectStart, connectPort }: Split): EntryWords {
  return {
    listenAddress: joinBlanks(row.slice(0, listenPort.start)),
    listenPort: listenPort.text,
    connectAddress: joinBlanks(row.slice(connectStart, connectPort.start)),
    connectPort: connectPort.text,
  };
}

/** One blank between words and none around them: all that netsh's columns tell of blanks. */
export function joinBlanks(text: string): string {
  return splitWords(text).join(" ");
}

/** A number, a range, or the name of a service. */
function isPort(word: string): boolean {
  return readPortWord(word) !== null || /^\d{1,5}-\d{1,5}$/.test(word);
}

/** An address, `*`, or a host name. An IPv6 address may have a zone: `fe80::1%12`. */
function isAddress(word: string): boolean {
  return word === "*" || parseIpv6(word.replace(/%\w+$/, "").toLowerCase()) !== null ||
    (/^[a-z\d.-]+$/i.test(word) && /[a-z\d]/i.test(word));
}
