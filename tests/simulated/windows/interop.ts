/** The sockets through which the programs in the guest reach Windows. */
import { pause } from "../clock.ts";
import { CallFaulted, CallStopped } from "./calls.ts";
import type { Call } from "./calls.ts";
import { encodeConsole } from "./code_pages.ts";
import { Client } from "./interop_wire.ts";
import { type Answer, runProgram } from "./programs.ts";
import { isResident, runResident } from "./resident.ts";
import type { SimulatedWindows } from "./windows.ts";
import { Refusal } from "./words.ts";

/** How long WSL's init waits for Windows (read in WSL's source: ACCEPT_TIMEOUT), in milliseconds. */
const ACCEPT_MS = 10_000;

/** What it says then (microsoft/WSL#8677; read in WSL's source). */
const UNANSWERED: Answer = {
  stdout: "",
  stderr: "<3>WSL (42 - Interop) ERROR: UtilAcceptVsock:271: accept4 failed 110\n",
  exitCode: 1,
};

/** A terminal of WSL, or WSL's own session: what Windows programs are started through. */
export class InteropSession {
  readonly #machine: SimulatedWindows;
  readonly #isElevated: () => boolean;
  readonly #listener: Deno.Listener;
  readonly #running = new Map<Call, Client>();
  #isSilent = false;
  /** Whether somebody has waited for it to the end. */
  #wasInVain = false;

  /** Listens on a path. */
  constructor(path: string, machine: SimulatedWindows, isElevated: () => boolean) {
    this.#machine = machine;
    this.#isElevated = isElevated;
    this.#listener = Deno.listen({ transport: "unix", path });
    Deno.chmodSync(path, 0o777);
    this.#accept();
  }

  /**
   * Its wsl.exe is gone (read in WSL's source). Whoever connects is not answered. The programs that it started go on, find the
   * end of their input, and what they print and end with is lost; or they die with it (microsoft/WSL#6917), by a switch.
   */
  loseWindow(): void {
    this.beSilent();
    for (const [call, client] of this.#running) {
      call.loseSession();
      client.close();
    }
  }

  /** Whoever connects from now on is not answered; what it started goes on as before (microsoft/WSL#41283). */
  beSilent(): void {
    this.#isSilent = true;
  }

  /** Stops to listen; what it started dies. */
  close(): void {
    this.#listener.close();
    for (const call of this.#running.keys()) call.loseClient(true);
  }

  async #accept(): Promise<void> {
    for await (const connection of this.#listener) this.#serve(connection).catch(() => {});
  }

  async #serve(connection: Deno.Conn): Promise<void> {
    const client = new Client(connection);
    try {
      await this.#runFor(client);
    } finally {
      client.close();
    }
  }

  async #runFor(client: Client): Promise<void> {
    const request = await client.readRequest();
    if (request === null) return;
    const { interop, latencyMs, language } = this.#machine.switches;
    const encode = (text: string) => encodeConsole(text, language);
    if (interop === "disabled" || this.#isSilent) {
      this.#machine.noteUnanswered(this.#wasInVain);
      await pause(latencyMs.interop ?? ACCEPT_MS);
      this.#wasInVain = true;
      return await client.answer(UNANSWERED, encode);
    }
    if (this.#machine.switches.refusesPrograms && request.program.endsWith(".exe")) {
      // Read in WSL's source: a policy gives EINVAL, of which the sign is wrong.
      return await client.refuse("Unknown error -22");
    }
    const { at: _, ...start } = request;
    const call = this.#machine.startCall({ ...start, isElevated: this.#isElevated() });
    call.print = (text) => void client.print(encode(text));
    this.#running.set(call, client);
    client.readInput((bytes) => call.input.push(bytes), () => call.input.end())
      // The end of its stream is the end of the client.
      .then(() => call.loseClient(false));
    let exitCode = 1;
    try {
      const answer = isResident(request.program)
        ? { stdout: "", exitCode: await runResident(call, this.#machine, (bytes) => client.print(bytes)) }
        : await this.#answer(call);
      exitCode = answer.exitCode;
      if (call.record.clientGoneAt === null) await client.answer(answer, encode);
    } catch (error) {
      if (!(error instanceof CallStopped)) throw error;
    } finally {
      this.#running.delete(call);
      this.#machine.endCall(call, exitCode);
    }
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
}
