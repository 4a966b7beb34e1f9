import { deepStrictEqual as equal } from "node:assert/strict";
import type { HeldClaim } from "../../../src/plan/claims/claim.ts";
import { type Entry, formatPlace } from "../../../src/plan/rules/entry.ts";
import { parseTag } from "../../../src/plan/claims/tag.ts";
import { CommandError, type CommandResult } from "../../../src/process/command.ts";
import { entryOfWords } from "../../../src/windows/portproxy/table/entry_of_words.ts";
import type { WindowsPrograms } from "../../../src/wsl/windows_programs.ts";
import { OWNER } from "../plan/samples.ts";
import { queryRules, ruleText, showTable } from "./samples.ts";

/** What a program did. */
export interface Answer {
  readonly exitCode?: number;
  readonly stdout?: string;
  readonly stderr?: string;
  /** Whether each character of stdout is a byte; else it is printed as UTF-8. */
  readonly isLatin1?: boolean;
}

/** What may be given instead of an answer. */
export type Fault = Answer | CommandError["reason"];

/** The programs of a small Windows: netsh with a table and firewall rules, reg, netstat and sc. Anything else is refused. */
export class FakePrograms implements WindowsPrograms {
  readonly windowsFolder: string | null;
  entries: Entry[] = [];
  claims: HeldClaim[] = [];
  listening: readonly string[] = ["0.0.0.0:135 1044"];
  helper = { state: 4, pid: 3412 };
  /** Whether netsh -f ends with 1 where a line failed: one good observation says so. */
  failsScripts = true;
  /** Lines of netsh that begin like this fail; null: none. */
  refusedLines: string | null = null;
  /** Each call, its words with blanks between. */
  readonly calls: string[] = [];
  /** The text of each script that was run. */
  readonly scripts: string[] = [];
  /** Asked before each call; what it returns happens instead. */
  intercept: (call: string) => Fault | null = () => null;

  constructor(windowsFolder: string | null) {
    this.windowsFolder = windowsFolder;
  }

  async run(
    name: string,
    args: readonly string[],
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<CommandResult> {
    const call = [name, ...args].join(" ");
    this.calls.push(call);
    equal(timeoutMs > 0 && timeoutMs < 600_000, true);
    await Promise.resolve();
    const fault = signal?.aborted ? "abort" : this.intercept(call);
    if (typeof fault === "string") throw new CommandError([name, ...args], fault, `${name}: ${fault}`, 1);
    const { exitCode = 0, stdout = "", stderr = "", isLatin1 = false } = fault ??
      await this.#answer(name, args);
    const encoder = new TextEncoder();
    return {
      argv: [name, ...args],
      exitCode,
      stdout: isLatin1
        ? Uint8Array.from(stdout, (character) => character.charCodeAt(0))
        : encoder.encode(stdout),
      stderr: encoder.encode(stderr),
      durationMs: 1,
    };
  }

  async #answer(name: string, args: readonly string[]): Promise<Answer> {
    switch (name) {
      case "netsh.exe":
        return args[0] === "-f" ? await this.#runScript(args[1]!) : this.runLine(args.join(" "));
      case "reg.exe": {
        const texts = this.claims.map((claim) => ruleText(claim));
        return { exitCode: texts.length === 0 ? 1 : 0, stdout: queryRules(texts) };
      }
      case "netstat.exe": {
        const rows = this.listening.map((text) => {
          const [address, pid] = text.split(" ");
          return `  TCP    ${address}    0.0.0.0:0    LISTENING    ${pid}\r\n`;
        });
        return { stdout: `\r\nActive Connections\r\n\r\n${rows.join("")}` };
      }
      case "sc.exe": {
        const values = [
          "30  WIN32",
          `${this.helper.state}  RUNNING`,
          "0  (0x0)",
          "0  (0x0)",
          "0x0",
          "0x0",
          this.helper.pid,
          "",
        ];
        return {
          stdout: `\r\nSERVICE_NAME: iphlpsvc \r\n${
            values.map((value) => `        LABEL   : ${value}\r\n`).join("")
          }`,
        };
      }
    }
    throw new Error(`no such program: ${name}`);
  }

  async #runScript(windowsPath: string): Promise<Answer> {
    const prefix = "C:\\Windows\\wslfwd\\";
    equal(windowsPath.startsWith(prefix), true, windowsPath);
    const path = `${this.windowsFolder}/wslfwd/${windowsPath.slice(prefix.length)}`;
    const text = await Deno.readTextFile(path);
    equal((await Deno.stat(path)).mode! & 0o777, 0o600);
    this.scripts.push(text);
    const answers = text.split("\r\n").slice(0, -1).map((line) => this.runLine(line));
    const isFailed = this.failsScripts && answers.some(({ exitCode = 0 }) => exitCode !== 0);
    return { exitCode: isFailed ? 1 : 0, stdout: answers.map(({ stdout = "" }) => stdout).join("") };
  }

  /** One netsh command. */
  runLine(line: string): Answer {
    const tag = (name: string) =>
      new RegExp(` ${name}=("[^"]*"|[\\d. ]+$|\\S+)`).exec(line)?.[1]?.replaceAll('"', "") ?? "";
    if (this.refusedLines !== null && line.startsWith(this.refusedLines)) {
      return { exitCode: 1, stdout: "No.\r\n" };
    }
    const missing = { exitCode: 1, stdout: "The system cannot find the file specified.\r\n\r\n" };
    if (line === "interface portproxy show all") return { stdout: showTable(this.entries) };
    const [, family] = /^interface ipv([46]) show excludedportrange protocol=tcp$/.exec(line) ?? [];
    if (family !== undefined) {
      const row = family === "4" ? "      5000        5009" : "      6000        6009";
      return { stdout: `\r\nStart Port    End Port\r\n----------    --------\r\n${row}\r\n\r\n` };
    }
    const key = `${tag("listenaddress")}:${tag("listenport")}`;
    const others = this.entries.filter(({ listen }) => formatPlace(listen) !== key);
    if (line.startsWith("interface portproxy add v4tov4 ")) {
      this.entries = [
        ...others,
        entryOfWords({
          listenAddress: tag("listenaddress"),
          listenPort: tag("listenport"),
          connectAddress: tag("connectaddress"),
          connectPort: tag("connectport"),
        }),
      ];
      return { stdout: "\r\n" };
    }
    if (line.startsWith("interface portproxy delete v4tov4 ")) {
      if (others.length === this.entries.length) return missing;
      this.entries = others;
      return { stdout: "\r\n" };
    }
    if (line.startsWith("advfirewall firewall add rule ")) {
      const parsed = parseTag(tag("description"));
      if (parsed === null) throw new Error(`no tag: ${line}`);
      this.claims.push({ name: tag("name"), ...parsed });
      return { stdout: "Ok.\r\n\r\n" };
    }
    if (line.startsWith("advfirewall firewall delete rule ")) {
      const kept = this.claims.filter(({ name }) => name !== tag("name"));
      if (kept.length === this.claims.length) {
        return { exitCode: 1, stdout: "\r\nNo rules match the specified criteria.\r\n\r\n" };
      }
      this.claims = kept;
      return { stdout: "\r\nDeleted 1 rule(s).\r\nOk.\r\n\r\n" };
    }
    throw new Error(`netsh knows nothing of: ${line}`);
  }
}

/** The owner, as the host takes it. */
export const OWNED: Promise<string> = Promise.resolve(OWNER);
