import { isPort } from "../../net/port.ts";
import { parseIpv4 } from "../../net/address.ts";
import { type Action, type Condition, type NatRule, type NatTable, NEVER } from "./nat_rules.ts";
import { itemsOf, type Json, memberOf, readCondition, textOf } from "./nft_conditions.ts";

/** Statements that neither choose connections nor lead them anywhere. */
const HARMLESS = ["counter", "log", "mangle", "comment", "limit", "notrack", "masquerade", "snat", "set"];

/** The elements of sets and maps, by family, table and name. */
type Elements = ReadonlyMap<string, readonly Json[]>;

/** A table as far as it was read. */
interface ReadTable {
  readonly name: string;
  /** The chains at prerouting, with their priorities. */
  readonly starts: [number, string][];
  readonly chains: Map<string, NatRule[]>;
}

/**
 * Reads what `nft -j list ruleset` prints (libnftables-json(5)): the tables of IPv4 that connections from outside are led on in.
 * What is not understood is passed over: its rule counts for nothing. Rules that iptables made are printed without what they
 * do (`xt`); iptables-save tells that. Throws SyntaxError for what is no JSON.
 */
export function parseNftRuleset(text: string): readonly NatTable[] {
  const items = itemsOf(memberOf(JSON.parse(text) as Json, "nftables"));
  const elements = new Map<string, readonly Json[]>();
  const tables = new Map<string, ReadTable>();
  for (const item of items) {
    const set = memberOf(item, "map") ?? memberOf(item, "set");
    if (set !== undefined) {
      elements.set(`${tableOf(set)} @${textOf(memberOf(set, "name"))}`, itemsOf(memberOf(set, "elem")));
    }
    const chain = memberOf(item, "chain");
    if (chain === undefined) continue;
    const key = tableOf(chain), name = textOf(memberOf(chain, "name"));
    const table: ReadTable = tables.get(key) ??
      { name: textOf(memberOf(chain, "table")), starts: [], chains: new Map() };
    tables.set(key, table);
    table.chains.set(name, []);
    if (memberOf(chain, "type") !== "nat" || memberOf(chain, "hook") !== "prerouting") continue;
    table.starts.push([Number(memberOf(chain, "prio")), name]);
  }
  for (const item of items) {
    const rule = memberOf(item, "rule");
    if (rule === undefined) continue;
    const rules = tables.get(tableOf(rule))?.chains.get(textOf(memberOf(rule, "chain")));
    rules?.push(...readRule(rule, elements));
  }
  return [...tables].filter(([key, { starts }]) => /^(ip|inet) /.test(key) && starts.length > 0)
    .sort(([, a], [, b]) => Math.min(...a.starts.map(first)) - Math.min(...b.starts.map(first)))
    .map(([, { name, starts, chains }]) => ({
      name,
      starts: starts.toSorted((a, b) => a[0] - b[0]).map(([, chain]) => chain),
      chains,
    }));
}

function first([priority]: readonly [number, string]): number {
  return priority;
}

function tableOf(value: Json): string {
  return `${textOf(memberOf(value, "family"))} ${textOf(memberOf(value, "table"))}`;
}

/** One rule of nft is several of ours where it looks something up in a map. */
function readRule(rule: Json, elements: Elements): NatRule[] {
  const comment = textOf(memberOf(rule, "comment")), table = tableOf(rule);
  const valuesOf = (data: Json | undefined): readonly Json[] => {
    if (typeof data === "string" && data.startsWith("@")) {
      return (elements.get(`${table} ${data}`) ?? []).map(bare);
    }
    if (Array.isArray(data)) return data;
    const set = memberOf(data, "set");
    return set === undefined ? [data ?? null] : itemsOf(set).map(bare);
  };
  const found: NatRule[] = [];
  let variants: (readonly Condition[])[] = [[]];
  const add = (action: Action, more: readonly Condition[] = [], map?: string) =>
    found.push(
      ...variants.map((each) => ({
        conditions: [...each, ...more],
        action,
        comment,
        ...map !== undefined && { map },
      })),
    );
  for (const statement of itemsOf(memberOf(rule, "expr"))) {
    const match = memberOf(statement, "match");
    if (match !== undefined) {
      const left = memberOf(match, "left") ?? null, isNot = memberOf(match, "op") === "!=";
      const values = valuesOf(memberOf(match, "right"));
      const choices = memberOf(left, "concat") === undefined
        ? [readCondition(left, values, isNot)]
        : values.map((value) => isNot ? [NEVER] : readKey(left, value));
      variants = variants.flatMap((each) => choices.map((choice) => [...each, ...choice])).slice(
        0,
        MAX_VARIANTS,
      );
      continue;
    }
    const vmap = memberOf(statement, "vmap"), dnat = memberOf(statement, "dnat");
    const table = memberOf(memberOf(dnat, "addr"), "map");
    const lookup = vmap ?? table;
    if (lookup !== undefined) {
      const data = memberOf(lookup, "data"), port = memberOf(dnat, "port");
      for (const element of valuesOf(data)) {
        const [key = null, value = null] = itemsOf(element);
        const conditions = readKey(memberOf(lookup, "key") ?? null, bare(key));
        add(vmap === undefined ? readLead(value, port) : readVerdict(value), conditions, textOf(data));
      }
    } else if (dnat !== undefined) add(readLead(memberOf(dnat, "addr"), memberOf(dnat, "port")));
    else if (memberOf(statement, "redirect") !== undefined) {
      add(readLead(null, memberOf(memberOf(statement, "redirect"), "port")));
    } else {
      const action = readVerdict(statement);
      if (action.kind !== "none") add(action);
      else if (!HARMLESS.some((name) => memberOf(statement, name) !== undefined)) {
        variants = variants.map((each) => [...each, NEVER]);
      }
    }
  }
  return found;
}

/** A rule that matches on long sets of several words each is not taken apart any further. */
const MAX_VARIANTS = 1000;

/** An element of a set may be wrapped with what is counted of it. */
function bare(element: Json): Json {
  return memberOf(memberOf(element, "elem"), "val") ?? element;
}

/** What it means that a key of a map, of one or of several words, is this one. */
function readKey(left: Json, value: Json): readonly Condition[] {
  const lefts = memberOf(left, "concat");
  if (lefts === undefined) return readCondition(left, [value], false);
  const values = itemsOf(memberOf(value, "concat"));
  return itemsOf(lefts).flatMap((each, i) => readCondition(each, [values[i] ?? null], false));
}

function readVerdict(value: Json): Action {
  const jump = memberOf(value, "jump"), goto = memberOf(value, "goto");
  if (jump !== undefined) return { kind: "jump", chain: textOf(memberOf(jump, "target")) };
  if (goto !== undefined) return { kind: "goto", chain: textOf(memberOf(goto, "target")) };
  if (memberOf(value, "return") !== undefined) return { kind: "return" };
  const isEnd = ["accept", "drop", "reject", "queue"].some((name) => memberOf(value, name) !== undefined);
  return { kind: isEnd ? "end" : "none" };
}

/** `address`: a text, or one with a port behind it. */
function readLead(address: Json | undefined, port: Json | undefined): Action {
  const [host = address, mappedPort = port] = itemsOf(memberOf(address, "concat"));
  const number = typeof mappedPort === "number" && isPort(mappedPort) ? mappedPort : null;
  const text = textOf(host);
  if (text !== "" && parseIpv4(text) === null) return { kind: "none" };
  return { kind: "lead", address: text === "" ? null : text, port: number };
}
