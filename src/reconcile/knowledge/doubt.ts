import type { Knowledge, Unknown } from "./knowledge.ts";

/** Two reads of a pending port must agree over this time where time is short, in milliseconds. */
const HURRIED_AGREE_MS = 1500;

/** What was believed is not so, or may not be: it must be read again. What is remembered besides stays. */
export function doubt(knowledge: Knowledge): Unknown {
  if (!knowledge.isKnown) return knowledge;
  const { snapshot: _, ...memory } = knowledge;
  return { ...memory, isKnown: false };
}

/** From now on there is little time: what is pending is believed dead sooner. */
export function hurry(knowledge: Knowledge): Knowledge {
  return { ...knowledge, agreeMs: HURRIED_AGREE_MS };
}
