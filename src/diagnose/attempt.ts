import { messageOf } from "../process/command.ts";

/** What came of reading something: its value, or why there is none. Nothing that one check misses ends the others. */
export type Attempt<T> = { readonly value: T } | { readonly error: string };

/** Reads something; gives up after `timeoutMs`, and leaves the read to its own timeout then. Never rejects. */
export async function attempt<T>(read: () => Promise<T>, timeoutMs: number): Promise<Attempt<T>> {
  const { promise: late, resolve } = Promise.withResolvers<Attempt<T>>();
  const timer = setTimeout(() => resolve({ error: `no answer within ${timeoutMs / 1000} s` }), timeoutMs);
  const reading = (async () => ({ value: await read() }))().catch((error: unknown) => ({
    error: messageOf(error),
  }));
  try {
    return await Promise.race([reading, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The value, or null where there is none. */
export function valueOf<T>(attempt: Attempt<T>): T | null {
  return "value" in attempt ? attempt.value : null;
}
