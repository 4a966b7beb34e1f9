import { Tmux } from "../../unit/cli/tmux.ts";
import { REPOSITORY } from "../../simulated/namespaces.ts";
import type { Lab } from "../../simulated/lab.ts";

/** Makes `wslfwd` a command in the guest, whose /usr/bin is its own. */
export async function installCommand(lab: Lab): Promise<void> {
  const executable = Deno.env.get("WSLFWD_EXECUTABLE") ?? "";
  const argv = executable === ""
    ? [Deno.execPath(), "run", "--allow-all", "--quiet", "--cached-only", `${REPOSITORY}main.ts`]
    : [executable];
  const text = `#!/bin/sh\nexec ${argv.map(quote).join(" ")} "$@"\n`;
  const script = 'printf %s "$1" >/usr/bin/wslfwd; chmod 755 /usr/bin/wslfwd';
  await lab.guest.run("sh", "-ec", script, "sh", text);
}

/** A shell of the guest in a real pseudo-terminal, with `wslfwd` in its PATH. */
export class GuestTerminal implements AsyncDisposable {
  readonly #tmux: Tmux;

  private constructor(tmux: Tmux) {
    this.#tmux = tmux;
  }

  /** Opens a terminal of that size; what is run in it finds these variables besides the usual ones. */
  static async open(
    lab: Lab,
    columns: number,
    rows: number,
    env: Readonly<Record<string, string>> = {},
  ): Promise<GuestTerminal> {
    await installCommand(lab);
    const variables = { ...lab.guest.environment({ env: { PS1: "$ ", ...env } }) };
    const script = [
      "exec env -i",
      ...Object.entries(variables).map(([name, value]) => quote(`${name}=${value}`)),
      ...lab.guest.enterArgv().map(quote),
      "/bin/sh",
    ].join(" ");
    const file = await Deno.makeTempFile();
    const terminal = new GuestTerminal(await Tmux.open(columns, rows));
    try {
      await Deno.writeTextFile(file, script);
      await terminal.type(`. ${file}`);
      await terminal.type("clear; echo in the guest");
      await terminal.waitFor((lines) => lines[0] === "in the guest" && lines.at(-1) === "$");
      await terminal.type("clear");
      await terminal.waitFor((lines) => lines.length === 1 && lines[0] === "$");
    } finally {
      await Deno.remove(file);
    }
    return terminal;
  }

  /** Types a line. */
  type(line: string): Promise<void> {
    return this.#tmux.type(line);
  }

  /** Presses a key, by tmux's name for it. */
  press(key: string): Promise<void> {
    return this.#tmux.press(key);
  }

  /** Changes the size. */
  resize(columns: number, rows: number): Promise<void> {
    return this.#tmux.resize(columns, rows);
  }

  /** The lines on the screen, without blank ones at the end; with the scrollback above them where asked for. */
  capture(withScrollback = false): Promise<string[]> {
    return this.#tmux.capture(withScrollback);
  }

  /** `cursor on` or `off`, and which screen is shown. */
  modes(): Promise<string> {
    return this.#tmux.modes();
  }

  /** Looks until `isThere` holds for the screen, and gives it. Throws where that takes too long. */
  waitFor(isThere: (lines: string[]) => boolean): Promise<string[]> {
    return this.#tmux.waitFor(isThere);
  }

  /** Ends the shell and everything in it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#tmux[Symbol.asyncDispose]();
  }
}

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
