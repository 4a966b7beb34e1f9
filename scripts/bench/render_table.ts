/** A table in Markdown with its columns aligned, as deno fmt leaves it. */
export function renderTable(title: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = title.map((_, column) => Math.max(3, ...[title, ...rows].map((row) => row[column]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`;
  return [line(title), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}
