import type { Protocol } from "../../net/endpoint.ts";
import type { Program } from "../../net/listener.ts";
import { findStarted } from "../proc/started_name.ts";

/** Where systemd finds units, those that win first (systemd.unit(5)). */
const FOLDERS: readonly string[] = [
  "/etc/systemd/system",
  "/run/systemd/system",
  "/run/systemd/generator",
  "/usr/local/lib/systemd/system",
  "/usr/lib/systemd/system",
  "/lib/systemd/system",
];

/** A unit that is longer than that is none. */
const MAX_BYTES = 64 << 10;

/** What stands in a unit: each assignment, in order; one to nothing empties what came before it. */
type Assignments = ReadonlyMap<string, readonly string[]>;

/**
 * The service for which systemd holds a listening socket, as a program: what its ExecStart= runs, by the names of its units as
 * well. Null where no socket unit names the port. systemd (process 1) has such a socket itself, so that /proc tells nothing of
 * who will answer. `root`: put before each folder.
 */
export function findActivatedService(protocol: Protocol, port: number, root = ""): Program | null {
  for (const [name, unit] of readUnits(root, ".socket")) {
    const listens = unit.get(protocol === "tcp" ? "ListenStream" : "ListenDatagram") ?? [];
    if (!listens.some((address) => portOf(address) === port)) continue;
    const base = name.slice(0, -".socket".length);
    const isEach = /^(yes|true|on|1)$/i.test(unit.get("Accept")?.at(-1) ?? "");
    const service = unit.get("Service")?.at(-1) ?? `${base}${isEach ? "@" : ""}.service`;
    const argv = (readUnit(root, service)?.get("ExecStart")?.[0] ?? "").replace(/^[-@:+!]+/, "").split(/\s+/);
    const program = argv[0]!.slice(argv[0]!.lastIndexOf("/") + 1), started = findStarted(argv);
    const names = [started?.name ?? "", program, base, name, service.replace(/@?\.service$/, ""), "systemd"];
    const known = [...new Set(names)].filter((each) => each !== "");
    return { pid: 1, name: known[0]!, aliases: known.slice(1) };
  }
  return null;
}

/** `22`, `0.0.0.0:22`, `[::]:22`; null for a path or a word that is none of these. */
function portOf(address: string): number | null {
  const digits = /^(?:.*:)?(\d{1,5})$/.exec(address)?.[1];
  return digits === undefined || address.startsWith("/") ? null : Number(digits);
}

/** Every unit of a kind, each by its name once. */
function* readUnits(root: string, ending: string): Generator<readonly [string, Assignments]> {
  const seen = new Set<string>();
  for (const folder of FOLDERS) {
    for (const name of list(`${root}${folder}`)) {
      if (!name.endsWith(ending) || seen.has(name)) continue;
      seen.add(name);
      const unit = readUnit(root, name);
      if (unit !== null) yield [name, unit];
    }
  }
}

/** A unit with what is put on top of it (`NAME.d/*.conf`); null where there is none, or it is masked. */
function readUnit(root: string, name: string): Assignments | null {
  let text: string | null = null;
  for (const folder of FOLDERS) text ??= read(`${root}${folder}/${name}`);
  if (text === null || text.trim() === "") return null;
  const more = new Map<string, string>();
  for (const folder of FOLDERS) {
    for (const file of list(`${root}${folder}/${name}.d`)) {
      if (file.endsWith(".conf") && !more.has(file)) {
        more.set(file, read(`${root}${folder}/${name}.d/${file}`) ?? "");
      }
    }
  }
  return parseUnit(
    [text, ...[...more].sort(([a], [b]) => a < b ? -1 : 1).map(([, each]) => each)].join("\n"),
  );
}

function parseUnit(text: string): Assignments {
  const found = new Map<string, string[]>();
  for (const line of text.replaceAll(/\\\n/g, " ").split("\n")) {
    const [, key, value] = /^\s*([A-Za-z]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (key === undefined) continue;
    found.set(key, value === "" ? [] : [...found.get(key) ?? [], value!]);
  }
  return found;
}

function list(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  } catch {
    return []; // Not every system has each of them.
  }
}

/** Null where there is none; a link to /dev/null, which masks a unit, is an empty one. */
function read(path: string): string | null {
  try {
    const { isFile, size } = Deno.statSync(path);
    return isFile && size <= MAX_BYTES ? Deno.readTextFileSync(path) : "";
  } catch {
    return null;
  }
}
