import type { ProgramSource } from "../../contracts/listeners.ts";
import type { ListenEvent } from "../../contracts/wake.ts";
import type { Listener } from "../../net/listener.ts";
import type { SeenListener } from "../../plan/desired/forward.ts";

/** The listeners with their programs, as far as these were looked up. */
export function nameListeners(
  listeners: readonly Listener[],
  programs: Pick<ProgramSource, "programOf">,
): SeenListener[] {
  return listeners.map((listener) => ({ ...listener, program: programs.programOf(listener.inode) }));
}

/** Hands on what kernel events tell of programs. Returns whether they told of any. */
export function hintNames(
  events: readonly ListenEvent[],
  programs: Pick<ProgramSource, "hintName">,
): boolean {
  let isHinted = false;
  for (const { kind, inode, programName } of events) {
    if (kind !== "open" || inode === 0 || programName === null) continue;
    programs.hintName(inode, programName);
    isHinted = true;
  }
  return isHinted;
}
