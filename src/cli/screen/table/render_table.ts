import type { View } from "../../../view/view.ts";
import { countOf } from "../describe.ts";
import { wrapText } from "../terminal/text_width.ts";
import { alignCells, forwardCells } from "./forward_lines.ts";
import { emptyText, footLine, headLines } from "./head.ts";
import { BLANK, paintLine } from "./line.ts";
import { rejectionTexts } from "./rejection_lines.ts";
import { listRows, type Look, NO_KEYS, type Row } from "./rows.ts";
import { type Block, cutWindow } from "./window.ts";

type RejectionRow = Extract<Row, { kind: "rejection" | "others" }>;

/** The room there is, and what the view does not know. */
export interface TableOptions {
  /** Columns of the terminal; below 20 is taken as 20. */
  readonly columns: number;
  /** Rows of the terminal; below 8 is taken as 8. */
  readonly rows: number;
  /** Whether to use colours. */
  readonly color: boolean;
  /** The time now: milliseconds since 1970. */
  readonly nowMs: number;
  /** The folder that `~` stands for; null for none. */
  readonly home: string | null;
}

/**
 * The screen, one text for each line: how many ports can be reached, what is wrong, each port by the URL that others
 * type, newest first, then what is not open and why. No line is wider than the terminal, there are at most as many
 * as it has rows, and what does not fit is counted.
 */
export function renderTable(view: View, options: TableOptions, look: Look = NO_KEYS): string[] {
  const columns = Math.max(20, options.columns), rows = Math.max(8, options.rows);
  const listed = listRows(view, look);
  const ports = listed.filter((row) => row.kind !== "rejection" && row.kind !== "others");
  const rest = listed.filter((row) => row.kind === "rejection" || row.kind === "others");
  const cells = ports.map((row) => forwardCells(row, view, options.home, options.nowMs));
  const { title, texts } = alignCells(cells, columns);
  const open = ports.map(({ key }, index): Block => ({
    key,
    lines: [{ text: texts[index]!, style: cells[index]!.style }],
  }));
  const selected = look.hasKeys ? (listed.find(({ key }) => key === look.selected) ?? listed[0])?.key : null;
  const blocks = [
    ...(open.length === 0 ? emptyBlocks(view, look, columns) : open),
    ...(rest.length === 0 ? [] : rejectionBlocks(rest, columns)),
  ].map((block) => block.key !== null && block.key === selected ? select(block) : block);
  const head = [
    ...headLines(view, columns, rows, options.nowMs),
    BLANK,
    ...(open.length === 0 ? [] : [{ text: title, style: "dim" } as const]),
  ];
  const foot = footLine(view, look, columns);
  const body = cutWindow(blocks, selected ?? null, rows - head.length - 1);
  return [...head.slice(0, rows - 1 - body.length), ...body, foot].map((line) =>
    paintLine(line, columns, options.color)
  );
}

function emptyBlocks(view: View, look: Look, columns: number): Block[] {
  const text = look.filter === "" ? emptyText(view) : "No open port has that in its line.";
  return [{ key: null, lines: wrapText(text, columns).map((text) => ({ text, style: "plain" })) }];
}

function rejectionBlocks(rows: readonly RejectionRow[], columns: number): Block[] {
  const texts = rejectionTexts(
    rows.flatMap((row) => row.kind === "rejection" ? [row.rejection] : []),
    columns,
  );
  const blocks = rows.map((row): Block => {
    const lines = row.kind === "rejection"
      ? texts.shift()!
      : [`- ${countOf(row.count, "other")} not allowed (--allow, --allow-port)`];
    return { key: row.key, lines: lines.map((text) => ({ text, style: "plain" })) };
  });
  return [{ key: null, lines: [BLANK, { text: "NOT OPEN", style: "dim" }] }, ...blocks];
}

function select({ key, lines }: Block): Block {
  return { key, lines: lines.map(({ text }) => ({ text, style: "selected" })) };
}
