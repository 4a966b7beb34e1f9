import { CONFIG_KEYS } from "./config_keys.ts";
import { JsoncError, type JsoncNode, parseJsonc } from "./parse_jsonc.ts";
import type { Choices } from "./settings.ts";
import { suggest } from "./suggest.ts";

/** A config file that cannot be followed. The message names the file, the line and the key, and quotes no content. */
export class ConfigError extends Error {
  /** The class's name, for logs. */
  override readonly name = "ConfigError";
  /** `path`: as given, so hostile; `line`: counted from 1, null where it is about the file as a whole. */
  constructor(readonly path: string, readonly line: number | null, message: string, options?: ErrorOptions) {
    super(`${path}${line === null ? "" : `:${line}`}: ${message}`, options);
  }
}

/** Reads the text of a config file. `path` is for the messages. Throws ConfigError. */
export async function parseConfig(text: string, path: string): Promise<Choices> {
  const root = parseRoot(text, path);
  if (!(root.value instanceof Map)) {
    throw new ConfigError(path, root.line, `expected { and keys, such as {"mode": "auto"}`);
  }
  const { checkConfig } = await import("./config_schema.ts");
  const checked = checkConfig(plainValue(root));
  if ("choices" in checked) return checked.choices;
  const { fault } = checked;
  if (fault.kind === "unknown-key") throw unknownKey(root, fault.key, path);
  throw new ConfigError(
    path,
    nodeAt(root, fault.path).line,
    `"${String(fault.path[0])}" must be ${fault.expected}`,
  );
}

function parseRoot(text: string, path: string): JsoncNode {
  try {
    return parseJsonc(text);
  } catch (error) {
    if (error instanceof JsoncError) throw new ConfigError(path, error.line, error.message, { cause: error });
    throw error;
  }
}

/** The key itself is not shown: read by root, the file may be one that whoever named it could not read. */
function unknownKey(root: JsoncNode, key: string, path: string): ConfigError {
  const near = suggest(key.replaceAll("-", "_"), CONFIG_KEYS.map(({ name }) => name));
  const remedy = near === null
    ? `the keys are ${CONFIG_KEYS.map(({ name }) => name).join(", ")}`
    : `did you mean "${near}"?`;
  return new ConfigError(path, nodeAt(root, [key]).line, `unknown key; ${remedy}`);
}

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
