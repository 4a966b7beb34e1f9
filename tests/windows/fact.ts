/** What is open about Windows, one question each, and what a machine answers. */
import type { World } from "./world.ts";

/** What a machine says of a fact. */
export interface Outcome {
  /** `otherwise`: it is not as wslfwd's notes have it. `impossible`: it cannot be tried on this machine. */
  readonly kind: "confirmed" | "otherwise" | "impossible";
  /** What was seen, or why nothing could be: one line. */
  readonly seen: string;
}

/** One thing that wslfwd takes for true. */
export interface Fact {
  /** Names it in transcripts, for good: letters, digits and hyphens. */
  readonly id: string;
  /** What is taken for true, as a clause. */
  readonly claim: string;
  /** Tries it. What it makes it has noted with the world before. May throw: then it is `otherwise`, with the message. */
  readonly attempt: (world: World) => Promise<Outcome>;
}

/** It is as the notes have it. */
export function confirmed(seen = ""): Outcome {
  return { kind: "confirmed", seen };
}

/** It is not. */
export function otherwise(seen: string): Outcome {
  return { kind: "otherwise", seen };
}

/** It cannot be tried here. */
export function impossible(reason: string): Outcome {
  return { kind: "impossible", seen: reason };
}

/** `confirmed` where all of these hold, else `otherwise` with those that do not. `checks`: from what should be to whether. */
export function judge(checks: Readonly<Record<string, boolean>>, seen: string): Outcome {
  const wrong = Object.entries(checks).filter(([, holds]) => !holds).map(([what]) => what);
  return wrong.length === 0 ? confirmed(seen) : otherwise(`not ${wrong.join(", not ")}; ${seen}`);
}
