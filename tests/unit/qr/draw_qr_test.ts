import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { drawQr } from "../../../src/qr/draw_qr.ts";
import { encodeQr } from "../../../src/qr/encode_qr.ts";
import { Random } from "../random.ts";
import { readScreen } from "./read_screen.ts";

/** The longest URL of an IPv4 address. */
const LONGEST = "http://192.168.100.200:65535";

/** The lines without their colours. */
function bare(lines: readonly string[]): string[] {
  // deno-lint-ignore no-control-regex -- the colours
  return lines.map((line) => line.replaceAll(/\x1b\[[\d;]*m/g, ""));
}

Deno.test("drawQr can be read back at 80x24 and at 40x20, with and without colours", async () => {
  for (const text of [LONGEST, "http://10.0.0.2", "http://desktop-8a3f2k1.local:3000"]) {
    for (const [columns, rows] of [[80, 22], [40, 18]] as const) {
      for (const color of [true, false]) {
        const lines = drawQr(await encodeQr(text), { color, columns, rows });
        ok(lines !== null && lines.length <= rows, `${text} at ${columns}x${rows}`);
        ok(bare(lines).every((line) => line.length <= columns));
        equal(readScreen(bare(lines), color), text);
      }
    }
  }
});

Deno.test("drawQr sets black on white itself, so that no theme turns it round", async () => {
  const lines = drawQr(await encodeQr(LONGEST), { color: true, columns: 80, rows: 24 })!;
  ok(lines.every((line) => line.startsWith("\x1b[38;5;16;48;5;231m") && line.endsWith("\x1b[0m")));
});

Deno.test("drawQr keeps less light around it where there is less room, and says where there is none", async () => {
  const code = await encodeQr(LONGEST);
  const draw = (columns: number, rows: number) => drawQr(code, { color: true, columns, rows });
  equal(code.length, 25);
  equal(bare(draw(33, 17)!)[0]!.length, 33);
  equal(bare(draw(29, 15)!)[0]!.length, 29);
  equal(readScreen(bare(draw(29, 15)!), true), LONGEST);
  equal(draw(28, 15), null);
  equal(draw(29, 14), null);
});

Deno.test("drawQr can be read back whatever the address and the port", async () => {
  const random = new Random();
  for (let round = 0; round < 200; round++) {
    const octet = () => random.int(0, 255);
    const url = `http://${octet()}.${octet()}.${octet()}.${octet()}:${random.int(1, 65535)}`;
    const lines = drawQr(await encodeQr(url), { color: true, columns: 40, rows: 18 })!;
    equal(readScreen(bare(lines), true), url, `seed ${random.seed}, round ${round}`);
  }
});
