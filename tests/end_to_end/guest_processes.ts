import type { Lab } from "../simulated/lab.ts";

/** A process of the guest, seen from outside. */
export interface GuestProcess {
  /** Its process id as the tests see it. */
  readonly pid: number;
  /** The name of its program, as the kernel has it. */
  readonly name: string;
  /** Its arguments, with blanks between. */
  readonly command: string;
}

/** The processes that run in the guest, without zombies and without the lab's own. */
export function listGuestProcesses(lab: Lab): GuestProcess[] {
  const namespace = Deno.readLinkSync(`/proc/${lab.guest.initPid}/ns/pid`);
  const processes: GuestProcess[] = [];
  for (const { name: pid } of Deno.readDirSync("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      if (Deno.readLinkSync(`/proc/${pid}/ns/pid`) !== namespace) continue;
      const command = Deno.readTextFileSync(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trimEnd();
      // A zombie has no arguments any more.
      if (command === "" || Number(pid) === lab.guest.initPid || command.includes("agent.ts")) continue;
      const name = Deno.readTextFileSync(`/proc/${pid}/comm`).trimEnd();
      processes.push({ pid: Number(pid), name, command });
    } catch {
      // It has ended meanwhile.
    }
  }
  return processes;
}

/** Resolves when no process of the guest is as described. Throws, and shows them, where that takes too long. */
export async function waitForNoProcess(
  lab: Lab,
  isMeant: (process: GuestProcess) => boolean,
  timeoutMs: number = 30_000,
): Promise<void> {
  // Nothing tells of the end of a process that is not ours.
  const deadline = performance.now() + timeoutMs;
  while (true) {
    const left = listGuestProcesses(lab).filter(isMeant);
    if (left.length === 0) return;
    if (performance.now() >= deadline) {
      throw new Error(`Left after ${timeoutMs} ms: ${left.map(({ command }) => command).join("; ")}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Resolves with the process of the guest that is as described. Throws where there is none in time. */
export async function waitForProcess(
  lab: Lab,
  isMeant: (process: GuestProcess) => boolean,
  timeoutMs: number = 30_000,
): Promise<GuestProcess> {
  const deadline = performance.now() + timeoutMs;
  while (true) {
    const found = listGuestProcesses(lab).find(isMeant);
    if (found !== undefined) return found;
    if (performance.now() >= deadline) throw new Error(`No such process after ${timeoutMs} ms: ${isMeant}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
