/** What `deno task build` is told. */
import { isArchitecture, type Target, TARGETS } from "./target.ts";
import { REPOSITORY } from "./tool.ts";

/** What to build. */
export interface BuildOptions {
  /** How to pack it; null: compiled, else self-extracting. */
  readonly form: "compiled" | "self-extracting" | null;
  /** For which machine; default: this one. */
  readonly target: Target;
  /** The absolute path of the file; default `dist/wslfwd`, for another machine `dist/wslfwd-<architecture>`. */
  readonly output: string;
}

/** Reads the arguments, each option as `--name value` or `--name=value`. Throws for what it does not know. */
export function parseBuildOptions(args: readonly string[]): BuildOptions {
  const words = args.flatMap((word) =>
    /^--\w+=/.test(word) ? [word.slice(0, word.indexOf("=")), word.slice(word.indexOf("=") + 1)] : [word]
  );
  let form: BuildOptions["form"] = null, architecture: string = Deno.build.arch, output: string | null = null;
  for (let i = 0; i < words.length; i += 2) {
    const name = words[i]!, value = words[i + 1];
    if (value === undefined) throw new Error(`${name} takes a value`);
    if (name === "--form" && (value === "compiled" || value === "self-extracting")) form = value;
    else if (name === "--target" && isArchitecture(value)) architecture = value;
    else if (name === "--output" && value !== "") output = value;
    else {
      throw new Error(
        `Cannot build with ${name} ${value}: there are --form compiled|self-extracting, --target x86_64|aarch64 ` +
          `and --output FILE`,
      );
    }
  }
  if (!isArchitecture(architecture)) {
    throw new Error(`Cannot build for ${architecture}: name a machine by --target x86_64|aarch64`);
  }
  const suffix = architecture === Deno.build.arch ? "" : `-${architecture}`;
  const path = output ?? `${REPOSITORY.pathname}dist/wslfwd${suffix}`;
  return {
    form,
    target: TARGETS[architecture],
    output: path.startsWith("/") ? path : `${Deno.cwd()}/${path}`,
  };
}
