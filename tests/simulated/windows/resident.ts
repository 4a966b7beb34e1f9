/** wslfwd's helper on this Windows: its real source, run by Mono in Windows' own network. */
import type { Call } from "./calls.ts";
import { pathOfCompiled } from "./compilers.ts";
import { findFlaws, toLocalPath } from "./drive.ts";
import type { SimulatedWindows } from "./windows.ts";

/** Whether a program is one that stays and is talked to. */
export function isResident(program: string): boolean {
  return /^helper-[0-9a-f-]+\.exe$/.test(program);
}

/**
 * Runs it until it ends, or its client does: `read` is what the client sends, `write` takes what it prints. Its exit status.
 */
export async function runResident(
  call: Call,
  machine: SimulatedWindows,
  connection: Deno.Conn,
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
  passOn(connection, child.stdin);
  for await (const bytes of child.stdout) await write(bytes);
  return (await child.status).code & 0xff;
}

/** A client that ends, however it does, ends the input. */
async function passOn(connection: Deno.Conn, stdin: WritableStream<Uint8Array>): Promise<void> {
  const writer = stdin.getWriter();
  writer.closed.catch(() => {});
  const chunk = new Uint8Array(4096);
  try {
    for (let count = await connection.read(chunk); count !== null; count = await connection.read(chunk)) {
      await writer.write(chunk.slice(0, count));
    }
  } catch {
    // The client is gone, or the helper is.
  }
  await writer.close().catch(() => {});
}
