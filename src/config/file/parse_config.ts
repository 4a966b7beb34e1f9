import { CONFIG_KEYS } from "./config_keys.ts";
import { JsoncError, type JsoncNode, parseJsonc } from "./parse_jsonc.ts";
import type { Choices } from "../settings.ts";
import { suggest } from "../suggest.ts";

/** Where in a text something stands. */
/** Where in a text: both count from 1. */
export type Position = Pick<JsoncNode, "line" | "column">;

/** A config file that cannot be followed. The message names the file, the line, the column and the key, and quotes no value. */
export class ConfigError extends Error {
  /** The class's name, for logs. */
  override readonly name = "ConfigError";
  /** What else is wrong with the file, in its order. */
  others: readonly ConfigError[] = [];
  /** `path`: as given, so hostile; `position`: null where it is about the file as a whole. */
  constructor(
    readonly path: string,
    readonly position: Position | null,
    message: string,
    options?: ErrorOptions,
  ) {
    super(`${path}${position === null ? "" : `:${position.line}:${position.column}`}: ${message}`, options);
  }
}

/**
 * Reads the text of a config file. `path` is for the messages. `showsKeys`: whether whoever reads them may read the file, too,
 * so that a key which is not known may be named. Throws ConfigError, which has all that is wrong.
 */
export async function parseConfig(text: string, path: string, showsKeys = false): Promise<Choices> {
  const root = parseRoot(text, path);
  if (!(root.value instanceof Map)) {
    throw new ConfigError(path, root, `expected { and keys, such as {"mode": "auto"}`);
  }
  const { checkConfig } = await import("./config_schema.ts");
  const checked = checkConfig(plainValue(root));
  if ("choices" in checked) return checked.choices;
  const errors = checked.faults.map((fault) =>
    fault.kind === "unknown-key" ? unknownKey(root, fault.key, path, showsKeys) : new ConfigError(
      path,
      nodeAt(root, fault.path),
      `"${String(fault.path[0])}" must be ${fault.expected}`,
    )
  );
  errors.sort((a, b) => a.position!.line - b.position!.line || a.position!.column - b.position!.column);
  const [first, ...others] = errors;
  first!.others = others;
  throw first;
}

function parseRoot(text: string, path: string): JsoncNode {
  try {
    return parseJsonc(text);
  } catch (error) {
    if (error instanceof JsoncError) throw new ConfigError(path, error, error.message, { cause: error });
    throw error;
  }
}

/** Read by root, the file may be one that whoever named it could not read: then its keys are not shown. */
function unknownKey(root: JsoncNode, key: string, path: string, showsKeys: boolean): ConfigError {
  const keys = CONFIG_KEYS.map(({ name }) => name), word = key.replaceAll("-", "_");
  const meant = OPTION_WORDS[word] ?? suggest(word, [...keys, ...Object.keys(OPTION_WORDS)]);
  const near = meant === null ? null : OPTION_WORDS[meant] ?? meant;
  const remedy = near === null ? `the keys are ${keys.join(", ")}` : `did you mean "${near}"?`;
  const named = showsKeys && /^[\w-]{1,40}$/.test(key) ? ` "${key}"` : "";
  return new ConfigError(path, nodeAt(root, [key]), `unknown key${named}; ${remedy}`);
}

/** What people write who know the options: they have other names than the predecessor's keys. */
const OPTION_WORDS: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
  interval: "update_interval",
  allow: "allow_program_name",
  disallow: "disallow_program_name",
});

/** The node that a path of keys and indexes leads to, as far as it leads. */
function nodeAt(root: JsoncNode, path: readonly PropertyKey[]): JsoncNode {
  let node = root;
  for (const step of path) {
    const next = node.value instanceof Map
      ? node.value.get(String(step))
      : Array.isArray(node.value)
      ? (node.value as readonly JsoncNode[])[Number(step)]
      : undefined;
    if (next === undefined) break;
    node = next;
  }
  return node;
}

/** As JSON.parse would give it, but objects have no prototype: `__proto__` is a key like any other. */
function plainValue({ value }: JsoncNode): unknown {
  if (Array.isArray(value)) return (value as readonly JsoncNode[]).map(plainValue);
  if (!(value instanceof Map)) return value;
  const plain: Record<string, unknown> = Object.create(null);
  for (const [key, node] of value as ReadonlyMap<string, JsoncNode>) plain[key] = plainValue(node);
  return plain;
}
