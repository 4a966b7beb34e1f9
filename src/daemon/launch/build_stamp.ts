/**
 * How this wslfwd was made. From source it is this file that runs; `deno task build` puts one of the same shape with
 * other words in its place (scripts/build/bundle.ts).
 */

/**
 * Compiled: by `deno compile`. Self-extracting: a shell script that unpacks the runtime and runs it. npm and deb: a package
 * manager has put program and runtime in place, and a script beside them starts it.
 */
export type Form = "source" | "compiled" | "self-extracting" | "npm" | "deb";

/** What form this is. */
export const FORM: Form = "source";

/** The commit it was built from, abbreviated, with `+changes` where files differed from it; null from source. */
export const COMMIT: string | null = null;
