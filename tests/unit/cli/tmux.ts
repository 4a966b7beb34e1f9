/** How long tmux or a program in it may take to show what is waited for, in milliseconds. */
const PATIENCE_MS = 20_000;

/** A shell in a real pseudo-terminal, held by a tmux server of its own. */
export class Tmux {
  readonly #socket = `wslfwd-test-${crypto.randomUUID()}`;

  /** Opens a terminal of that size. */
  static async open(columns: number, rows: number): Promise<Tmux> {
    const tmux = new Tmux();
    await tmux.#run("new-session", "-d", "-x", `${columns}`, "-y", `${rows}`, "PS1='$ ' exec sh");
    return tmux;
  }

  /** Types a line. */
  async type(line: string): Promise<void> {
    await this.typeOnly(line);
    await this.press("Enter");
  }

  /** Types, and does not press Enter. */
  async typeOnly(text: string): Promise<void> {
    await this.#run("send-keys", "-l", text);
  }

  /** Presses a key, by tmux's name for it. */
  async press(key: string): Promise<void> {
    await this.#run("send-keys", key);
  }

  /** Changes the size. */
  async resize(columns: number, rows: number): Promise<void> {
    await this.#run("resize-window", "-x", `${columns}`, "-y", `${rows}`);
  }

  /** The lines on the screen, without blank ones at the end; with the scrollback above them where asked for. */
  async capture(withScrollback = false): Promise<string[]> {
    const text = await this.#run("capture-pane", "-p", ...(withScrollback ? ["-S", "-"] : []));
    return text.trimEnd().split("\n");
  }

  /** `cursor on` or `off`, and which screen is shown. */
  async modes(): Promise<string> {
    const format =
      "cursor #{?cursor_flag,on,off}, #{?alternate_on,alternate,main} screen, wrap #{?wrap_flag,on,off}";
    return (await this.#run("display-message", "-p", format)).trim();
  }

  /** Looks until `isThere` holds for the screen, and gives it. Throws where that takes too long. */
  async waitFor(isThere: (lines: string[]) => boolean): Promise<string[]> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const lines = await this.capture();
      if (isThere(lines)) return lines;
      if (performance.now() > deadline) throw new Error(`It did not come; the screen:\n${lines.join("\n")}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Ends the server and everything in it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#run("kill-server");
  }

  async #run(...args: string[]): Promise<string> {
    const command = new Deno.Command("/usr/bin/tmux", {
      args: ["-u", "-L", this.#socket, "-f", "/dev/null", ...args],
      env: { LC_ALL: "C.UTF-8", TERM: "xterm-256color" },
    });
    const { code, stdout, stderr } = await command.output();
    if (code !== 0) throw new Error(`tmux ${args[0]}: ${new TextDecoder().decode(stderr)}`);
    return new TextDecoder().decode(stdout);
  }
}
