import { deepStrictEqual as equal, throws } from "node:assert/strict";
import { Errno, SystemCallError } from "../../../src/ffi/libc.ts";
import { readAttributes, readDumpPart } from "../../../src/linux/netlink/netlink_messages.ts";

const SEQUENCE = 7;
const ITEM = 20, ERROR = 2, DONE = 3;

/** A message as the kernel sends it, padded to four bytes. */
function message(
  type: number,
  payload: readonly number[] = [],
  rest: { flags?: number; sequence?: number } = {},
): number[] {
  const size = 16 + payload.length;
  const bytes = new Uint8Array((size + 3) & ~3);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, size, true);
  view.setUint16(4, type, true);
  view.setUint16(6, rest.flags ?? 2, true);
  view.setUint32(8, rest.sequence ?? SEQUENCE, true);
  bytes.set(payload, 16);
  return [...bytes];
}

/** An i32 in its bytes. */
function int(value: number): number[] {
  return [...new Uint8Array(new Int32Array([value]).buffer)];
}

/** Reads messages whose items are their first byte. */
function read(...messages: readonly number[][]): { isComplete: boolean; found: (number | undefined)[] } {
  const bytes = new Uint8Array([...messages.flat(), 255, 255, 255, 255]);
  const found: number[] = [];
  const isComplete = readDumpPart(
    bytes,
    bytes.length - 4,
    SEQUENCE,
    ({ bytes, start }) => bytes[start],
    found,
  );
  return { isComplete, found };
}

Deno.test("readDumpPart reads messages up to the end of the dump", () => {
  equal(read(message(ITEM, [1]), message(ITEM, [2, 0, 0, 0, 0])), { isComplete: false, found: [1, 2] });
  equal(read(message(ITEM, [3]), message(DONE, int(0)), message(ITEM, [4])), {
    isComplete: true,
    found: [3],
  });
  equal(read(message(DONE)), { isComplete: true, found: [] });
});

Deno.test("readDumpPart passes over answers to an earlier request, and acknowledgements", () => {
  const stale = { sequence: SEQUENCE - 1 };
  equal(
    read(
      message(ITEM, [1], stale),
      message(ERROR, int(-1), stale),
      message(DONE, [], stale),
      message(ITEM, [2]),
    ),
    { isComplete: false, found: [2] },
  );
  equal(read(message(ERROR, int(0)), message(ITEM, [2])), { isComplete: false, found: [2] });
});

Deno.test("readDumpPart throws the kernel's error, by a message of its own or with the end", () => {
  for (const type of [ERROR, DONE]) {
    throws(
      () => read(message(ITEM, [1]), message(type, int(-Errno.ENOENT))),
      (error) =>
        error instanceof SystemCallError && error.errno === Errno.ENOENT && error.message.endsWith("ENOENT"),
    );
  }
});

Deno.test("readDumpPart throws EINTR where the table changed while it was read", () => {
  const changed = { flags: 0x12 };
  for (const last of [message(ITEM, [1], changed), message(DONE, int(0), changed)]) {
    throws(() => read(last), (error) => error instanceof SystemCallError && error.errno === Errno.EINTR);
  }
});

Deno.test("readDumpPart refuses messages that do not fit", () => {
  const tooLong = message(ITEM, [1, 2, 3, 4]);
  tooLong[0] = 24;
  const empty = message(ITEM);
  empty[0] = 0;
  for (const bytes of [tooLong, empty, message(ITEM).slice(0, 12)]) throws(() => read(bytes), RangeError);
});

Deno.test("readAttributes yields types without flags, and stops at what does not fit", () => {
  const bytes = new Uint8Array([5, 0, 1, 0, 9, 0, 0, 0, 4, 0, 2, 128, 8, 0, 3, 0, 9]);
  const view = new DataView(bytes.buffer);
  const attributes = [...readAttributes({ type: 0, bytes, view, start: 0, end: bytes.length }, 0)];
  equal(attributes, [{ type: 1, start: 4, end: 5 }, { type: 2, start: 12, end: 12 }]);
});
