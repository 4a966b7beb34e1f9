import type { ProgramSource } from "../../contracts/listeners.ts";
import type { ListenEvent } from "../../contracts/wake.ts";
import { type Listener, sameListener } from "../../net/listener.ts";
import { findUnguardedProgram } from "../../plan/held_back/held_back_programs.ts";
import { needsProgramToHold } from "../../plan/held_back/judge_held_back.ts";
import type { SeenListener } from "../../plan/desired/forward.ts";

/**
 * The listeners with their programs, as far as these were looked up. `earlier`: what this returned last; what is in it is taken
 * from there, the whole list where all is, since tens of thousands of values in each look would be most of what is held.
 */
export function nameListeners(
  listeners: readonly Listener[],
  programs: Pick<ProgramSource, "programOf">,
  earlier: readonly SeenListener[] = [],
): readonly SeenListener[] {
  let isSame = listeners.length === earlier.length;
  const named = listeners.map((listener, i) => {
    const program = listener.published?.program ?? programs.programOf(listener.inode), last = earlier[i];
    if (last !== undefined && last.program === program && sameListener(last, listener)) return last;
    isSame = false;
    return { ...listener, program };
  });
  return isSame ? earlier : named;
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

/** Whether events tell of a program that is held back, so that a socket that was seen before has to be judged again. */
export function tellOfHeldBack(events: readonly ListenEvent[]): boolean {
  return events.some(({ programName }) =>
    programName !== null && findUnguardedProgram([programName]) !== null
  );
}

/**
 * Whether programs have to be looked up before it can be said what is held back: those that no event named, and those on everyday
 * ports. The name in an event is enough for the rest, so that nothing is looked up on the way from listen() to the host.
 */
export function lackNames(
  listeners: readonly Listener[],
  programs: Pick<ProgramSource, "programOf" | "wasLookedUp">,
): boolean {
  return listeners.some(({ inode, port, published }) =>
    // What is no socket brings its name along.
    published === undefined && !programs.wasLookedUp(inode) &&
    (programs.programOf(inode) === null || needsProgramToHold(port))
  );
}
