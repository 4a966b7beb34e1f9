import { deepStrictEqual as equal } from "node:assert/strict";
import { splitRow } from "../../../src/windows/portproxy/table/split_row.ts";

/** A row as netsh prints it, `%-15s %-10s  %-15s %-10s`, whose first column has two words and whose third has so many. */
function rowOf(connectWords: number): { row: string; connect: string } {
  const listen = "192.168.100.201 x",
    connect = Array.from({ length: connectWords }, (_, i) => `172.17.0.${i}`).join(" ");
  return { row: `${listen} ${"8080".padEnd(10)}  ${connect.padEnd(15)} 80        `, connect };
}

Deno.test("splitRow tells the columns of up to 64 words by their places, and of no more", () => {
  for (const connectWords of [1, 2, 59, 60]) {
    const { row, connect } = rowOf(connectWords);
    const entry = splitRow(row);
    const words = [entry?.listen.address, entry?.listen.port, entry?.connect.address, entry?.connect.port];
    equal(words, ["192.168.100.201 x", 8080, connect, 80], `${connectWords} words`);
  }
  // 2 words, a port, 61 words, a port: 65.
  equal(splitRow(rowOf(61).row), null);
  equal(splitRow(rowOf(20_000).row), null, "and at once");
});
