/** The protocol of boot/program.pl. */
import { now } from "../clock.ts";
import type { Answer } from "./programs.ts";

/** How a program was called. */
export interface Request {
  /** `netsh.exe`. */
  readonly program: string;
  /** The process id of its client in the guest. */
  readonly pid: number;
  /** The client's working directory. */
  readonly cwd: string;
  /** What its input is: `pipe`, `null`, … */
  readonly stdin: string;
  /** Its arguments. */
  readonly args: readonly string[];
  /** When it came, in milliseconds since 1970. */
  readonly at: number;
}

/** A client, and what it still has to say. */
export class Client {
  readonly #connection: Deno.Conn;
  #data = new Uint8Array(0);
  #writing: Promise<void> = Promise.resolve();

  /** `connection`: to a program.pl. */
  constructor(connection: Deno.Conn) {
    this.#connection = connection;
  }

  /** How the program is called; null where the client went without a word. */
  async readRequest(): Promise<Request | null> {
    const request = await this.#readPiece();
    if (request === null) return null;
    const fields: string[] = [];
    for (let offset = 0; offset < request.length;) {
      const size = viewOf(request).getUint32(offset);
      fields.push(new TextDecoder().decode(request.subarray(offset + 4, offset + 4 + size)));
      offset += 4 + size;
    }
    const [program, pid, cwd, stdin, _path, ...args] = fields as [string, string, string, string, string];
    return { program, pid: Number(pid), cwd, stdin, args, at: now() };
  }

  /** Passes its input on until it has gone: to `push` what comes, `end` at the end of the input and of the client. */
  async readInput(push: (bytes: Uint8Array) => void, end: () => void): Promise<void> {
    while (true) {
      const piece = await this.#readPiece();
      if (piece === null || piece.length === 0) end();
      else push(piece);
      if (piece === null) return;
    }
  }

  /** Sends output at once. A client that is gone does not mind. */
  print(bytes: Uint8Array): Promise<void> {
    return this.#write([["o", bytes]]);
  }

  /** Sends an answer, after which the client ends. `encode`: into the console's code page. */
  answer(answer: Answer, encode: (text: string) => Uint8Array): Promise<void> {
    const frames: [string, Uint8Array][] = [];
    frames.push(["o", typeof answer.stdout === "string" ? encode(answer.stdout) : answer.stdout]);
    if (answer.stderr !== undefined) frames.push(["e", encode(answer.stderr)]);
    frames.push(["x", new Uint8Array([answer.exitCode])]);
    return this.#write(frames);
  }

  /** Says that Windows would not create the process, with the words for an error. */
  refuse(words: string): Promise<void> {
    return this.#write([["r", new TextEncoder().encode(words)]]);
  }

  /** Ends the connection: the client ends without a word, with 1. */
  close(): void {
    try {
      this.#connection.close();
    } catch {
      // Closed already.
    }
  }

  /** Reads bytes with their size before them; null where the client is gone. */
  async #readPiece(): Promise<Uint8Array | null> {
    const chunk = new Uint8Array(65536);
    while (this.#data.length < 4 || this.#data.length < 4 + viewOf(this.#data).getUint32(0)) {
      const count = await this.#connection.read(chunk).catch(() => null);
      if (count === null) return null;
      const joined = new Uint8Array(this.#data.length + count);
      joined.set(this.#data);
      joined.set(chunk.subarray(0, count), this.#data.length);
      this.#data = joined;
    }
    const end = 4 + viewOf(this.#data).getUint32(0);
    const piece = this.#data.slice(4, end);
    this.#data = this.#data.slice(end);
    return piece;
  }

  /** Frames of a letter, a size and bytes: `o` and `e` for output, `x` for the exit status. */
  #write(frames: readonly (readonly [string, Uint8Array])[]): Promise<void> {
    const whole = new Uint8Array(frames.reduce((size, [, bytes]) => size + 5 + bytes.length, 0));
    let offset = 0;
    for (const [letter, bytes] of frames) {
      whole[offset] = letter.charCodeAt(0);
      viewOf(whole).setUint32(offset + 1, bytes.length);
      whole.set(bytes, offset + 5);
      offset += 5 + bytes.length;
    }
    return this.#writing = this.#writing.then(() => this.#send(whole));
  }

  async #send(bytes: Uint8Array): Promise<void> {
    try {
      for (let sent = 0; sent < bytes.length;) sent += await this.#connection.write(bytes.subarray(sent));
    } catch {
      // The client is gone.
    }
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
