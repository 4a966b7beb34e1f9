/** The Windows that facts are tried on: its programs, what was asked of them, and what has to be undone. */
import { CommandError, messageOf } from "../../src/process/command.ts";
import { SHOW_LISTENERS } from "../../src/windows/network/windows_listeners.ts";
import { decodeOutput } from "../../src/windows/run/output_text.ts";
import { ScriptFolder } from "../../src/windows/portproxy/script/protected_folder.ts";
import type { WindowsPrograms } from "../../src/wsl/windows_programs.ts";

import { OWNER } from "./samples.ts";

/** How long one program may take, in milliseconds; PowerShell's first start on a fresh machine takes longest. */
const TIMEOUT_MS = 60_000;

/** One run of a program of Windows. */
export interface Ran {
  /** The name below System32. */
  readonly program: string;
  /** Its arguments. */
  readonly args: readonly string[];
  /** Null where it did not start or did not end in time; `stdout` says so then. */
  readonly exitCode: number | null;
  /** Each byte as one character. */
  readonly stdout: string;
  /** The same for stderr. */
  readonly stderr: string;
  /** From start to end, in milliseconds. */
  readonly durationMs: number;
}

/** Where something of ours listens, as Windows reaches it. */
export interface Server extends Disposable {
  /** An IPv4 address. */
  readonly address: string;
  /** Its port. */
  readonly port: number;
  /** Resolves with whether a connection has come, or comes within 3 s. */
  readonly connected: () => Promise<boolean>;
}

/** How long a connection may take to come through, in milliseconds. */
const CONNECT_MS = 3_000;

/** What tries facts is given this. */
export class World {
  /** Every run, in order. */
  readonly runs: Ran[] = [];
  /** Whether this program runs on Windows itself; else in WSL2, and Windows is reached through interop. */
  readonly isNative: boolean;
  /** Whether services of Windows may be stopped for a moment. */
  readonly mayStopServices: boolean;
  readonly #programs: WindowsPrograms;
  readonly #undo: (readonly [program: string, args: readonly string[]])[] = [];
  readonly #taken = new Set<number>();

  /** `programs`: how Windows' programs are started. */
  constructor(programs: WindowsPrograms, isNative: boolean, mayStopServices = false) {
    this.#programs = programs;
    this.mayStopServices = mayStopServices;
    this.isNative = isNative;
  }

  /** The product's way to run programs; what runs through it is recorded, too. */
  get programs(): WindowsPrograms {
    return {
      windowsFolder: this.#programs.windowsFolder,
      run: async (name, args, timeoutMs, signal, variables) => {
        const started = performance.now();
        try {
          const result = await this.#programs.run(name, args, timeoutMs, signal, variables);
          const stdout = decodeOutput(result.stdout), stderr = decodeOutput(result.stderr);
          const { exitCode, durationMs } = result;
          this.runs.push({ program: name, args, exitCode, stdout, stderr, durationMs });
          return result;
        } catch (error) {
          const durationMs = performance.now() - started;
          this.runs.push({
            program: name,
            args,
            exitCode: null,
            stdout: messageOf(error),
            stderr: "",
            durationMs,
          });
          throw error;
        }
      },
    };
  }

  /** Runs a program of System32, or of a path below it, to its end, whatever becomes of it. */
  async run(program: string, ...args: string[]): Promise<Ran> {
    try {
      await this.programs.run(program, args, TIMEOUT_MS);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
    }
    return this.runs.at(-1)!;
  }

  /** Runs netsh with words that are divided by blanks. */
  netsh(words: string): Promise<Ran> {
    return this.run("netsh.exe", ...words.split(" "));
  }

  /** Runs a command of PowerShell. */
  powershell(command: string): Promise<Ran> {
    return this.run("WindowsPowerShell/v1.0/powershell.exe", "-NoProfile", "-Command", command);
  }

  /** Notes what takes away what is about to be made. It is run at the end, the last one first, whatever happens. */
  undo(program: string, ...args: string[]): void {
    this.#undo.push([program, args]);
  }

  /** Takes away all that was made. Most of it is gone by then, and saying so is what these programs exit with 1 for. */
  async clear(): Promise<void> {
    for (const [program, args] of this.#undo.splice(0).reverse()) await this.run(program, ...args);
    await new ScriptFolder(this.#programs.windowsFolder!, OWNER).clear(new Set());
  }

  /** A port on which nothing of Windows listens, outside the ranges that Windows hands out and reserves by default. */
  async sparePort(): Promise<number> {
    const { stdout } = await this.run("netstat.exe", ...SHOW_LISTENERS);
    for (let port = 21_300;; port++) {
      if (this.#taken.has(port) || stdout.includes(`:${port} `)) continue;
      this.#taken.add(port);
      return port;
    }
  }

  /** Listens where Windows reaches it: on loopback, or in WSL2 on the guest's address. Whoever connects is cut off. */
  serve(): Server {
    const address = this.isNative ? "127.0.0.1" : guestAddress();
    const listener = Deno.listen({ hostname: address, port: 0 });
    const { promise: came, resolve } = Promise.withResolvers<boolean>();
    (async () => {
      for await (const connection of listener) {
        resolve(true);
        connection.close();
      }
    })();
    const connected = async () => {
      const late = Promise.withResolvers<boolean>(),
        timer = setTimeout(() => late.resolve(false), CONNECT_MS);
      const isConnected = await Promise.race([came, late.promise]);
      clearTimeout(timer);
      return isConnected;
    };
    return { address, port: listener.addr.port, connected, [Symbol.dispose]: () => listener.close() };
  }
}

function guestAddress(): string {
  const found = Deno.networkInterfaces().find(({ family, address, name }) =>
    family === "IPv4" && name !== "lo" && !address.startsWith("127.")
  );
  if (found === undefined) throw new Error("This guest has no address of its own");
  return found.address;
}
