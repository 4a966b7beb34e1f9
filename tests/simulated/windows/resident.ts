/** wslfwd's helper on this Windows: its real source, run by Mono in Windows' own network. */
import type { Call } from "./calls.ts";
import { pathOfCompiled } from "./compilers.ts";
import { findFlaws, toLocalPath } from "./drive.ts";
import type { ProgramInput } from "./program_input.ts";
import type { SimulatedWindows } from "./windows.ts";

/** Whether a program is one that stays and is talked to. */
export function isResident(program: string): boolean {
  return /^helper-[0-9a-f-]+\.exe$/.test(program);
}

/** Runs it until it ends, or its input does: `write` takes what it prints. Its exit status. */
export async function runResident(
  call: Call,
  machine: SimulatedWindows,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<number> {
  const { program } = call.record;
  const windowsPath = `C:\\Windows\\wslfwd\\${program}`;
  for (const flaw of await findFlaws(windowsPath, toLocalPath(windowsPath)!)) {
    machine.violate(`program ${windowsPath}: ${flaw}`);
  }
  await machine.prepareResident();
  const child = new Deno.Command("/usr/bin/mono", {
    args: [pathOfCompiled(program)],
    env: { SIMULATED_WINDOWS: `${machine.helperPort}` },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const kill = () => {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended.
    }
  };
  machine.noteResident(child.pid);
  call.whenStopped.then(kill);
  passOn(call.input, child.stdin);
  for await (const bytes of child.stdout) await write(bytes);
  return (await child.status).code & 0xff;
}

async function passOn(input: ProgramInput, stdin: WritableStream<Uint8Array>): Promise<void> {
  const writer = stdin.getWriter();
  writer.closed.catch(() => {});
  try {
    for (let bytes = await input.read(); bytes !== null; bytes = await input.read()) {
      await writer.write(bytes);
    }
  } catch {
    // The helper is gone.
  }
  await writer.close().catch(() => {});
}
