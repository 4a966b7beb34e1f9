import { SHORT_AGREE_MS } from "../../plan/changes/agreement.ts";
import type { Knowledge, Unknown } from "./knowledge.ts";

/** What was believed is not so, or may not be: it must be read again. What is remembered besides stays. */
export function doubt(knowledge: Knowledge): Unknown {
  if (!knowledge.isKnown) return knowledge;
  const { snapshot: _, ...memory } = knowledge;
  return { ...memory, isKnown: false };
}

/** From now on there is little time: what is pending is believed dead sooner. */
export function hurry(knowledge: Knowledge): Knowledge {
  return { ...knowledge, agreeMs: SHORT_AGREE_MS };
}
