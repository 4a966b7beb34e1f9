/** The sockets through which the programs in the guest reach Windows, and the protocol of boot/program.pl. */
import { pause } from "../clock.ts";
import { CallFaulted, CallStopped } from "./calls.ts";
import type { Call } from "./calls.ts";
import { encodeConsole } from "./code_pages.ts";
import { type Answer, runProgram } from "./programs.ts";
import { isResident, runResident } from "./resident.ts";
import type { SimulatedWindows } from "./windows.ts";
import { Refusal } from "./words.ts";

/** How long a program waits where interop is disabled, in milliseconds. */
const DISABLED_MS = 10_000;

/** A terminal of WSL, or WSL's own session: what Windows programs are started through. */
export class InteropSession {
  readonly #machine: SimulatedWindows;
  readonly #isElevated: () => boolean;
  readonly #listener: Deno.Listener;
  readonly #running = new Set<Call>();

  /** Listens on a path. */
  constructor(path: string, machine: SimulatedWindows, isElevated: () => boolean) {
    this.#machine = machine;
    this.#isElevated = isElevated;
    this.#listener = Deno.listen({ transport: "unix", path });
    Deno.chmodSync(path, 0o777);
    this.#accept();
  }

  /** Stops to listen; what it started dies. */
  close(): void {
    this.#listener.close();
    for (const call of this.#running) call.loseClient(true);
  }

  async #accept(): Promise<void> {
    for await (const connection of this.#listener) this.#serve(connection).catch(() => {});
  }

  async #serve(connection: Deno.Conn): Promise<void> {
    using _connection = connection;
    const fields = await readRequest(connection);
    if (fields === null) return;
    const { interop, latencyMs } = this.#machine.switches;
    if (interop === "disabled") return await pause(latencyMs.interop ?? DISABLED_MS);
    const [program, pid, cwd, stdin, _path, ...args] = fields as [string, string, string, string, string];
    const isElevated = this.#isElevated();
    const call = this.#machine.startCall({ program, args, cwd, stdin, pid: Number(pid), isElevated });
    this.#running.add(call);
    if (isResident(program)) return await this.#converse(call, connection);
    // Nothing more comes from a client: the end of its stream is the end of the client.
    connection.read(new Uint8Array(1)).catch(() => {}).then(() => call.loseClient(false));
    let exitCode = 1;
    try {
      const answer = await this.#answer(call);
      exitCode = answer.exitCode;
      this.#running.delete(call);
      this.#machine.endCall(call, exitCode);
      if (call.record.clientGoneAt === null) {
        await writeAll(connection, encodeAnswer(answer, (text) => this.#encode(text)));
      }
    } catch (error) {
      if (!(error instanceof CallStopped)) throw error;
      this.#running.delete(call);
      this.#machine.endCall(call, exitCode);
    }
  }

  async #converse(call: Call, connection: Deno.Conn): Promise<void> {
    const print = (bytes: Uint8Array) => writeAll(connection, encodeFrames([["o", bytes]]));
    const exitCode = await runResident(call, this.#machine, connection, print);
    this.#running.delete(call);
    this.#machine.endCall(call, exitCode);
    await writeAll(connection, encodeFrames([["x", new Uint8Array([exitCode])]]));
  }

  async #answer(call: Call): Promise<Answer> {
    const { program, args } = call.record;
    let answer: Answer;
    try {
      answer = await runProgram(call, this.#machine);
    } catch (error) {
      if (error instanceof CallFaulted) {
        return { stdout: "\r\n", exitCode: error.pretends ? 0 : 1 };
      }
      if (!(error instanceof Refusal)) throw error;
      this.#machine.refuse(`${program} ${args.join(" ")}${error.message === "" ? "" : `: ${error.message}`}`);
      return { stdout: "", stderr: `Refused: ${program} ${args.join(" ")}\r\n`, exitCode: 1 };
    }
    if (call.fault === "hang-after") await call.hang();
    if (call.fault === "nothing") return { stdout: "", exitCode: 0 };
    if (call.fault === "garbage") {
      return { stdout: crypto.getRandomValues(new Uint8Array(300)), exitCode: 0 };
    }
    return answer;
  }

  #encode(text: string): Uint8Array {
    return encodeConsole(text, this.#machine.switches.language);
  }
}

/** Reads one request: its size, then fields with their sizes, numbers as 32 bits in network order. */
async function readRequest(connection: Deno.Conn): Promise<string[] | null> {
  let data = new Uint8Array(0);
  const chunk = new Uint8Array(65536);
  while (data.length < 4 || data.length < 4 + view(data).getUint32(0)) {
    const count = await connection.read(chunk);
    if (count === null) return null;
    const joined = new Uint8Array(data.length + count);
    joined.set(data);
    joined.set(chunk.subarray(0, count), data.length);
    data = joined;
  }
  const fields: string[] = [];
  for (let offset = 4; offset < data.length;) {
    const size = view(data).getUint32(offset);
    fields.push(new TextDecoder().decode(data.subarray(offset + 4, offset + 4 + size)));
    offset += 4 + size;
  }
  return fields;
}

/** Frames of a letter, a size and bytes: `o` and `e` for output, `x` for the exit status. */
function encodeAnswer(answer: Answer, encode: (text: string) => Uint8Array): Uint8Array {
  const frames: [string, Uint8Array][] = [];
  frames.push(["o", typeof answer.stdout === "string" ? encode(answer.stdout) : answer.stdout]);
  if (answer.stderr !== undefined) frames.push(["e", encode(answer.stderr)]);
  frames.push(["x", new Uint8Array([answer.exitCode])]);
  return encodeFrames(frames);
}

function encodeFrames(frames: readonly [string, Uint8Array][]): Uint8Array {
  const whole = new Uint8Array(frames.reduce((size, [, bytes]) => size + 5 + bytes.length, 0));
  let offset = 0;
  for (const [letter, bytes] of frames) {
    whole[offset] = letter.charCodeAt(0);
    view(whole).setUint32(offset + 1, bytes.length);
    whole.set(bytes, offset + 5);
    offset += 5 + bytes.length;
  }
  return whole;
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  try {
    for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
  } catch {
    // The client is gone.
  }
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
