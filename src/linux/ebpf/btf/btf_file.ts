import type { BpfCalls } from "../../../ffi/bpf_calls.ts";
import { MappedMemory } from "../../../ffi/mapped_memory.ts";

const O_CLOEXEC = 0o2000000;

/**
 * A BTF file in memory. From Linux 6.16 on the kernel lends its own; before that sysfs gives a page with each read, and
 * whoever reads it pays 4 ms.
 */
export class BtfFile implements Disposable {
  readonly #memory: MappedMemory;

  /** Throws what Deno.openSync throws, SystemCallError, or Error for a file that ends too soon. */
  constructor(calls: BpfCalls, path: string) {
    this.#memory = tryMap(calls, path) ?? readAll(calls, path);
  }

  /** Some bytes of it, which nobody may touch after {@link Symbol.dispose}. Throws Error where the file ends before them. */
  part(start: number, bytes: number): Uint8Array<ArrayBuffer> {
    const { buffer } = this.#memory;
    if (start + bytes > buffer.byteLength) throw endOfFile();
    return new Uint8Array(buffer, start, bytes);
  }

  /** Gives back the memory. */
  [Symbol.dispose](): void {
    this.#memory.unmap();
  }
}

/** Null where the kernel does not lend the file, or it cannot be opened: reading it says why. */
function tryMap(calls: BpfCalls, path: string): MappedMemory | null {
  const fd = calls.symbols.open(new TextEncoder().encode(`${path}\0`), O_CLOEXEC);
  if (fd < 0) return null;
  try {
    return new MappedMemory(calls, fd, 0, Deno.statSync(path).size, "private");
  } catch {
    return null;
  } finally {
    calls.symbols.close(fd);
  }
}

/** Into memory that is given back when it was used, rather than when there is nothing else to do. */
function readAll(calls: BpfCalls, path: string): MappedMemory {
  using file = Deno.openSync(path);
  const { size } = file.statSync();
  if (size === 0) throw endOfFile();
  const memory = new MappedMemory(calls, -1, 0, size, "anonymous");
  const bytes = new Uint8Array(memory.buffer);
  for (let filled = 0; filled < size;) {
    const count = file.readSync(bytes.subarray(filled));
    if (count === null) {
      memory.unmap();
      throw endOfFile();
    }
    filled += count;
  }
  return memory;
}

function endOfFile(): Error {
  return new Error("BTF ends before its time");
}
