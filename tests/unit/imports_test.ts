import { deepStrictEqual as equal } from "node:assert/strict";
import { dirname, join, relative } from "node:path/posix";

const ROOT = join(import.meta.dirname!, "../..");

/** Which room may import which others; a file stands for that file alone. Its own room and the lists below aside. */
const ROOMS: Readonly<Record<string, readonly string[]>> = {
  net: [],
  plan: ["net"],
  contracts: ["net", "plan"],
  time: [],
  reconcile: ["net", "plan", "contracts", "time"],
  config: ["net", "plan"],
  process: [],
  ffi: [],
  linux: ["net", "contracts", "time", "process", "ffi"],
  wsl: ["process"],
  windows: ["net", "plan", "contracts", "time", "process", "wsl"],
  daemon: ["net", "plan", "contracts", "time", "reconcile", "config", "process", "linux", "wsl", "windows"],
  diagnose: ["net", "plan", "contracts", "config", "process", "linux", "wsl", "windows", "daemon"],
  qr: [],
  page: ["net", "view", "qr"],
  view: ["net", "plan", "reconcile", "config"],
  cli: [
    "net",
    "plan",
    "contracts",
    "time",
    "reconcile",
    "config",
    "process",
    "linux",
    "wsl",
    "windows",
    "daemon",
    "diagnose",
    "view",
    "qr",
    "page",
  ],
};

/** What a room may take from outside src/: packages, and files of the repository. */
const OUTSIDE: Readonly<Record<string, readonly string[]>> = {
  config: ["zod/mini"],
  daemon: ["deno.json"],
  cli: ["@stricli/core"],
  qr: ["uqr"],
  linux: ["bpf/bind_watch.bt", "bpf/bind_watch_min.bt", "bpf/bind_watch_udp.bt"],
  windows: [
    "commands",
    "program",
    "protocol",
    "session",
    "sessions",
    "udp_port",
    "udp_sockets",
    "windows",
    "real_windows",
    "rules",
    "watch",
  ]
    .map((name) => `helper/${name}.cs`),
};

interface Import {
  readonly line: number;
  readonly specifier: string;
}

/** Every specifier of a static import, a re-export and a dynamic import; `?` where a dynamic one is no literal. */
function findImports(code: string): Import[] {
  const pattern = new RegExp(
    [
      String.raw`^\s*(?:import|export)\b[^;"'\`()]*?\bfrom\s*["']([^"']+)["']`,
      String.raw`^\s*import\s*["']([^"']+)["']`,
      String.raw`\bimport\s*\(\s*(?:["']([^"']+)["'])?`,
    ].join("|"),
    "gm",
  );
  return [...code.matchAll(pattern)].map((match) => ({
    line: code.slice(0, match.index + match[0].length).split("\n").length,
    specifier: match[1] ?? match[2] ?? match[3] ?? "?",
  }));
}

/** The code with every comment blanked out, line ends and strings kept. */
function blankComments(code: string): string {
  return code.replace(
    /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`|\/\/[^\n]*|\/\*[\s\S]*?\*\//g,
    (text) => text.startsWith("/") ? text.replace(/[^\n]/g, " ") : text,
  );
}

function listSources(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory ? listSources(path) : path.endsWith(".ts") ? [path] : [];
  }).sort();
}

/** Why a file of `room` may not import `specifier`, or null where it may. */
function refuse(file: string, room: string, specifier: string): string | null {
  if (specifier === "?") return "the specifier of a dynamic import must be a literal";
  if (/^(jsr|npm|https?|data|blob):/.test(specifier)) {
    return "packages come from deno.json, and none from JSR";
  }
  if (specifier.startsWith("node:")) return null; // Has a test of its own.
  const isRelative = specifier.startsWith(".");
  const target = isRelative ? relative(ROOT, join(dirname(file), specifier)) : specifier;
  if (OUTSIDE[room]?.includes(target)) return null;
  if (!isRelative) return `${room}/ may not use this package`;
  const [, targetRoom, name] = /^src\/([^/]+)\/(.+)$/.exec(target) ?? [];
  if (targetRoom === room) return null;
  const allowed = ROOMS[room]!;
  if (targetRoom !== undefined && allowed.includes(targetRoom)) return null;
  return allowed.includes(`${targetRoom}/${name}`) ? null : `${room}/ may import ${allowed.join(", ")} only`;
}

const sources = listSources(join(ROOT, "src")).map((path) => {
  const text = Deno.readTextFileSync(path);
  const [, room = ""] = /\/src\/([^/]+)\/.+$/.exec(path) ?? [];
  return { path, name: relative(ROOT, path), room, text, code: blankComments(text) };
});

Deno.test("src/ holds nothing but files in the rooms of the design", () => {
  equal(sources.filter(({ room }) => !(room in ROOMS)).map(({ name }) => name), []);
});

Deno.test("every import goes in a direction of the design's table", () => {
  const offences = sources.flatMap(({ path, name, room, code }) =>
    findImports(code).flatMap(({ line, specifier }) => {
      const reason = room in ROOMS ? refuse(path, room, specifier) : null;
      return reason === null ? [] : [`${name}:${line}: "${specifier}": ${reason}`];
    })
  );
  equal(offences, []);
});

Deno.test("main.ts imports the command line alone", () => {
  const code = blankComments(Deno.readTextFileSync(join(ROOT, "main.ts")));
  equal(
    findImports(code).map(({ specifier }) => specifier).filter((each) => !each.startsWith("./src/cli/")),
    [],
  );
});

Deno.test("src/ imports node: modules only where a comment gives the reason", () => {
  const offences = sources.flatMap(({ name, text, code }) =>
    findImports(code).filter(({ specifier }) => specifier.startsWith("node:")).flatMap((
      { line, specifier },
    ) =>
      text.split("\n").some((each) => /^\s*(\/\/|\/?\*)/.test(each) && each.includes(specifier))
        ? []
        : [`${name}:${line}: "${specifier}" without a comment that names it`]
    )
  );
  equal(offences, []);
});

/** A name that must not be used: not a property of something else, not part of a longer name. */
function uses(code: string, name: string): boolean {
  return new RegExp(String.raw`(?<![\w$.])${name}(?![\w$])`).test(code);
}

Deno.test("net/ and plan/ use no clock, randomness, environment or input and output", () => {
  const forbidden = ["Date", "performance", "crypto", "Math\\.random", "Deno", "console", "fetch", "process"];
  const timers = ["setTimeout", "setInterval", "queueMicrotask", "globalThis", "async", "await", "Temporal"];
  const offences = sources.filter(({ room }) => room === "net" || room === "plan").flatMap(({ name, code }) =>
    [...forbidden, ...timers].filter((each) => uses(code, each)).map((each) => `${name}: ${each}`)
  );
  equal(offences, []);
});

Deno.test("only process/ starts programs", () => {
  const offences = sources.filter(({ room, code }) =>
    room !== "process" && /\bDeno\s*\.\s*(Command|run)\b|child_process/.test(code)
  );
  equal(offences.map(({ name }) => name), []);
});

Deno.test("findImports sees each form of an import", () => {
  const code = [
    'import { a } from "./a.ts";',
    "import type {",
    "  b,",
    '} from "./b.ts";',
    'import "./c.ts";',
    'export { d } from "./d.ts";',
    'export * from "./e.ts";',
    'const f = await import("./f.ts");',
    "const g = await import(name);",
    'import h from "./h.json" with { type: "json" };',
    '// import { x } from "./x.ts";',
    'const text = "a // b"; /* import "./y.ts"; */',
  ].join("\n");
  equal(findImports(blankComments(code)), [
    { line: 1, specifier: "./a.ts" },
    { line: 4, specifier: "./b.ts" },
    { line: 5, specifier: "./c.ts" },
    { line: 6, specifier: "./d.ts" },
    { line: 7, specifier: "./e.ts" },
    { line: 8, specifier: "./f.ts" },
    { line: 9, specifier: "?" },
    { line: 10, specifier: "./h.json" },
  ]);
});
