import { Errno, SystemCallError } from "../../ffi/libc.ts";

/** The length of struct nlmsghdr: u32 length, u16 type, u16 flags, u32 sequence, u32 port. */
export const HEADER_BYTES = 16;

const NLM_F_DUMP_INTR = 0x10;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;

/** One message of a dump, in the buffer it was received in: to be read at once, not to be kept. */
export interface NetlinkMessage {
  /** nlmsg_type. */
  readonly type: number;
  /** The buffer. */
  readonly bytes: Uint8Array;
  /** The same, for numbers. They are little-endian, as every machine that WSL runs on is. */
  readonly view: DataView;
  /** Where the payload begins. */
  readonly start: number;
  /** Where it ends. */
  readonly end: number;
}

/**
 * Reads the messages in the first `length` bytes of a buffer that answer the request with this number, into `found`;
 * `read` returns undefined for what is to be left out. Returns whether the dump is complete. Throws SystemCallError
 * where the kernel reports an error (EINTR: the table changed meanwhile), RangeError where a message does not fit.
 */
export function readDumpPart<T>(
  bytes: Uint8Array,
  length: number,
  sequence: number,
  read: (message: NetlinkMessage) => T | undefined,
  found: T[],
): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  for (let offset = 0; offset < length;) {
    const size = offset + HEADER_BYTES <= length ? view.getUint32(offset, true) : 0;
    if (size < HEADER_BYTES || offset + size > length) {
      throw new RangeError(`netlink sent a message of ${size} bytes at ${offset} of ${length}`);
    }
    const type = view.getUint16(offset + 4, true);
    const flags = view.getUint16(offset + 6, true);
    const isOurs = view.getUint32(offset + 8, true) === sequence;
    const start = offset + HEADER_BYTES;
    const end = offset + size;
    offset += (size + 3) & ~3;
    if (!isOurs) continue;
    if ((flags & NLM_F_DUMP_INTR) !== 0) {
      throw new SystemCallError("netlink dump whose table changed", Errno.EINTR);
    }
    if (type === NLMSG_ERROR || type === NLMSG_DONE) {
      const status = end - start >= 4 ? view.getInt32(start, true) : 0;
      if (status < 0) throw new SystemCallError("netlink dump", -status);
      if (type === NLMSG_DONE) return true;
      continue;
    }
    const item = read({ type, bytes, view, start, end });
    if (item !== undefined) found.push(item);
  }
  return false;
}

/** Where the value of an attribute lies. */
export interface NetlinkAttribute {
  /** Its type without the flags in the two upper bits. */
  readonly type: number;
  /** First byte of the value. */
  readonly start: number;
  /** First byte after it. */
  readonly end: number;
}

/** The attributes from `offset` to the end of a message. Stops at the first that does not fit. */
export function* readAttributes(message: NetlinkMessage, offset: number): Generator<NetlinkAttribute> {
  while (offset + 4 <= message.end) {
    const size = message.view.getUint16(offset, true);
    if (size < 4 || offset + size > message.end) return;
    yield {
      type: message.view.getUint16(offset + 2, true) & 0x3fff,
      start: offset + 4,
      end: offset + size,
    };
    offset += (size + 3) & ~3;
  }
}
