/** Programs that run what is named behind them. A version may follow: `python3.12`. */
const INTERPRETERS = /^(node|nodejs|deno|bun|python|pypy|ruby|java|php|dotnet|perl|sh|bash|dash|zsh)[\d.]*$/;

/** Words of a tool that come before what it runs. */
const SUBCOMMANDS: Readonly<Record<string, readonly string[]>> = {
  deno: ["run", "serve", "task"],
  bun: ["run"],
  dotnet: ["exec", "run", "watch"],
};

/** Options whose value is a word of its own. What is not here is taken for an option without one, or with `=`. */
const WITH_VALUE: Readonly<Record<string, RegExp>> = {
  node: /^(-r|--require|--import|--loader|--experimental-loader|-C|--conditions|--env-file|--title)$/,
  python: /^-[WX]$/,
  ruby: /^-[rICE]$/,
  java: /^(-cp|-classpath|--class-path|-p|--module-path|--add-modules|--add-opens|--add-exports)$/,
  php: /^-[cdtz]$/,
};

/** Options that are followed by program text: there is no file to be named by. */
const WITH_TEXT: Readonly<Record<string, RegExp>> = {
  node: /^(-e|-p|-pe|--eval|--print)$/,
  python: /^-c$/,
  ruby: /^-e$/,
  perl: /^-\w*[eE]$/,
  php: /^-[rS]$/,
  sh: /^-\w*c$/,
};

/** Files that say nothing of what they are: their package or folder does. */
const NAMELESS = /^(index|main|server|app|cli|bin|run|start|dist|entry|__main__)\.\w+$/;

/** An interpreter, and what it was told to run. */
export interface Started {
  /** What people call it: `vite`, `http.server`, `server.js`, `app.jar`. Hostile text. */
  readonly name: string;
  /** Other names that it goes by: the file's, with and without its ending. Hostile text. */
  readonly aliases: readonly string[];
}

/**
 * What an interpreter was told to run, by the arguments of its process; null where they are of no interpreter, or name
 * nothing. `node node_modules/.bin/vite` is vite, `python3 -m http.server` http.server, and so is a script whose first line
 * names its interpreter, since the kernel starts that with the script as its first argument.
 */
export function findStarted(argv: readonly string[]): Started | null {
  const kind = INTERPRETERS.exec(baseName(argv[0] ?? "").replace(/^-/, ""))?.[1];
  if (kind === undefined) return null;
  const family = FAMILIES[kind] ?? kind, words = argv.slice(1);
  const subcommands = SUBCOMMANDS[family];
  let isTold = subcommands === undefined;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!;
    if (word === "") return null;
    if (WITH_TEXT[family]?.test(word)) return null;
    if ((word === "-m" && family === "python") || (/^(-m|--module)$/.test(word) && family === "java")) {
      return named(words[i + 1] ?? "");
    }
    if (word === "-jar") return named(baseName(words[i + 1] ?? ""));
    if (word === "--") return ofFile(words[i + 1] ?? "");
    if (word.startsWith("-")) {
      if (WITH_VALUE[family]?.test(word)) i++;
    } else if (subcommands?.includes(word) === true && !isTold) isTold = true;
    // `deno test`, `dotnet build`: what they run is not named.
    else if (!isTold && !/[./]/.test(word)) return null;
    else return family === "java" ? named(word) : ofFile(word);
  }
  return null;
}

const FAMILIES: Readonly<Record<string, string>> = {
  nodejs: "node",
  pypy: "python",
  bash: "sh",
  dash: "sh",
  zsh: "sh",
};

function ofFile(path: string): Started | null {
  const file = baseName(path), bare = file.replace(/\.(m|c)?[jt]sx?$|\.(py|rb|php|pl|sh|dll|exe)$/, "");
  if (file === "") return null;
  const folder = path.split("/").slice(0, -1);
  const modules = folder.lastIndexOf("node_modules");
  // `node_modules/@scope/name/…`, `node_modules/name/…`; what is in `.bin` is the name of a command.
  const [first, second] = folder.slice(modules + 1);
  const packageName = modules < 0 || first === ".bin" ? undefined : first?.startsWith("@") ? second : first;
  const isNameless = NAMELESS.test(file);
  if (packageName !== undefined) return named(isNameless ? packageName : bare, packageName, file, bare);
  if (file === "__main__.py") return named(folder.at(-1) ?? file, file);
  return isNameless ? named(file, bare) : named(path.includes("/bin/") ? bare : file, file, bare);
}

function named(name: string, ...aliases: readonly string[]): Started | null {
  return name === "" ? null : { name, aliases: [...new Set(aliases)].filter((alias) => alias !== name) };
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
