import { readHolding } from "../../linux/proc/socket_holder.ts";
import { ExitCode } from "../exit_code.ts";
import { Refusal } from "../refusal.ts";
import { askInstance } from "./instance_lock.ts";

/** How often, and how many times at most, its end is waited for: it may clean up for 5 s. */
const WAIT_MS = 50, MAX_WAITS = 300;

/**
 * Ends the instance that said it has this process id, as Ctrl-C would, and waits for it. Whoever holds the lock can say what it
 * likes: only a process that has the lock's socket open is sent a signal. Throws Refusal where it cannot be ended.
 */
export async function endHolder(pid: number): Promise<void> {
  switch (readHolding(pid, "wslfwd")) {
    case "other":
      // Each distro has process ids of its own.
      throw new Refusal(
        ExitCode.FAILED,
        `wslfwd runs in another distro of this VM (pid ${pid} there); stop it in that one: wslfwd stop`,
      );
    case "hidden":
      throw refuseForeign(pid);
  }
  try {
    Deno.kill(pid, "SIGTERM");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw refuseForeign(pid);
  }
  for (let waits = 0; waits < MAX_WAITS; waits++) {
    await new Promise((resolve) => setTimeout(resolve, WAIT_MS));
    if (!await isThere(pid)) return;
  }
  throw new Refusal(
    ExitCode.FAILED,
    `wslfwd (pid ${pid}) has not ended after ${WAIT_MS * MAX_WAITS / 1000} s`,
  );
}

async function isThere(pid: number): Promise<boolean> {
  try {
    return (await askInstance())?.pid === pid;
  } catch {
    return true; // It hung up while it ended: asked again.
  }
}

function refuseForeign(pid: number): Refusal {
  return new Refusal(ExitCode.FAILED, `wslfwd (pid ${pid}) belongs to another user: sudo wslfwd stop`);
}
