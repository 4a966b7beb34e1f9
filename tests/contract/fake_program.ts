/** A program made for one test, removed with it. */
export class FakeProgram {
  readonly path: string;
  readonly #directory: string;

  private constructor(directory: string) {
    this.#directory = directory;
    this.path = `${directory}/program`;
  }

  /** A shell script. `$0.log` is the file that {@link log} reads. */
  static async make(script: string): Promise<FakeProgram> {
    const fake = new FakeProgram(await Deno.makeTempDir());
    await Deno.writeTextFile(fake.path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return fake;
  }

  /** The lines that the program wrote to its log; none while there is no log. */
  async log(): Promise<string[]> {
    try {
      return (await Deno.readTextFile(`${this.path}.log`)).split("\n").filter((line) => line !== "");
    } catch {
      return [];
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.#directory, { recursive: true });
  }
}

/** Whether a process is there, and not just waiting for its parent to notice that it has ended. */
export function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}

/** Resolves when a condition is true; throws where it is not within `limitMs`. For what nothing announces. */
export async function until(
  isTrue: () => boolean | Promise<boolean>,
  what: string,
  limitMs = 10_000,
): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (!await isTrue()) {
    if (performance.now() > deadline) throw new Error(`Waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
