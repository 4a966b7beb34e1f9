import type { Protocol } from "../../net/endpoint.ts";
import { PortSet } from "../../net/port_set.ts";
import { type Action, type Condition, type NatRule, type NatTable, NEVER, parseNet } from "./nat_rules.ts";

/** Extensions that hold for a new connection from Windows to the guest, whatever they are told, or say nothing of it. */
const HARMLESS = /^(tcp|udp|comment|multiport|statistic)$/;

/**
 * Reads what `iptables-save -t nat` prints (iptables-save(8)): the table that connections from outside go through at
 * PREROUTING. What is not understood is passed over: its rule counts for nothing.
 */
export function parseIptablesSave(text: string): NatTable {
  const chains = new Map<string, NatRule[]>();
  let isNat = false;
  for (const line of text.split("\n")) {
    if (line.startsWith("*")) isNat = line === "*nat";
    if (!isNat || !line.startsWith("-A ")) continue;
    const words = splitWords(line), chain = words[1];
    if (chain === undefined) continue;
    const rules = chains.get(chain) ?? [];
    chains.set(chain, rules);
    rules.push(readRule(words.slice(2)));
  }
  return { name: "nat", starts: ["PREROUTING"], chains };
}

/** Words are parted by blanks; one with blanks in it stands in double quotes, with a backslash before `"` and `\`. */
function splitWords(line: string): string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, quoted, plain]) =>
    quoted === undefined ? plain! : quoted.replace(/\\(.)/g, "$1")
  );
}

function readRule(words: readonly string[]): NatRule {
  const conditions: Condition[] = [];
  let action: Action = { kind: "none" }, comment = "", target = "", isNot = false;
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!, value = words[i + 1] ?? "";
    if (word === "!") {
      isNot = true;
      continue;
    }
    switch (word) {
      case "-m":
        if (!/^(addrtype|conntrack|state)$/.test(value) && !HARMLESS.test(value)) conditions.push(NEVER);
        break;
      case "--comment":
        comment = value;
        break;
      case "-j":
      case "-g":
        target = value;
        action = readTarget(word, value);
        break;
      case "--to-destination":
        action = readDestination(value);
        break;
      case "--to-ports":
        if (target === "REDIRECT") action = readDestination(`:${value}`);
        break;
      case "--random":
      case "--persistent":
      case "--random-fully":
        isNot = false;
        continue;
      default:
        conditions.push(...readCondition(word, value, isNot, target !== ""));
    }
    i++;
    isNot = false;
  }
  return { conditions, action, comment };
}

/** `isTargets`: whether the word belongs to what the rule does. */
function readCondition(word: string, value: string, isNot: boolean, isTargets: boolean): Condition[] {
  switch (word) {
    case "-p":
      return isNot ? [NEVER] : [{ kind: "protocol", protocols: protocolsOf(value) }];
    case "--dport":
    case "--dports": {
      const ports = PortSet.parse(value.replaceAll(":", "-").replaceAll(/(^|,)0-/g, "$11-"));
      return ports === null ? [NEVER] : [{ kind: "ports", ports: isNot ? ports.invert() : ports }];
    }
    case "-d":
    case "-s": {
      const net = parseNet(value);
      const kind = word === "-d" ? "destination" : "source";
      return net === null ? [NEVER] : [{ kind, nets: [net], isNot }];
    }
    case "-i":
      return [{ kind: "interface", names: [value], isNot }];
    case "--dst-type":
      return value.split(",").includes("LOCAL") !== isNot ? [] : [NEVER];
    case "--src-type":
      // Windows is no address of the guest's own.
      return value.split(",").includes("LOCAL") === isNot ? [] : [NEVER];
    case "--ctstate":
    case "--state":
      return value.split(",").includes("NEW") !== isNot ? [] : [NEVER];
    // One of several that are taken in turn: any of them may be.
    case "--mode":
    case "--probability":
    case "--every":
    case "--packet":
      return [];
    // What the target is told does not matter; any other word does.
    default:
      return isTargets ? [] : [NEVER];
  }
}

function protocolsOf(word: string): Protocol[] {
  if (word === "tcp" || word === "6") return ["tcp"];
  if (word === "udp" || word === "17") return ["udp"];
  return word === "all" || word === "0" ? ["tcp", "udp"] : [];
}

function readTarget(word: string, target: string): Action {
  switch (target) {
    case "RETURN":
      return { kind: "return" };
    case "ACCEPT":
    case "DROP":
      return { kind: "end" };
    case "REDIRECT":
      return { kind: "lead", address: null, port: null };
    // DNAT says where in its options.
    case "DNAT":
    case "MASQUERADE":
    case "SNAT":
    case "MARK":
    case "CONNMARK":
    case "LOG":
      return { kind: "none" };
    default:
      return { kind: word === "-g" ? "goto" : "jump", chain: target };
  }
}

/** `172.17.0.2:80`, `172.17.0.2`, `:3000`, `10.0.0.1-10.0.0.9:80-90`: the first address, and a port where it is one. */
function readDestination(text: string): Action {
  const match = /^(\d+\.\d+\.\d+\.\d+)?(?:-[\d.]+)?(?::(\d+)(-\d+)?)?/.exec(text);
  const port = match?.[2] === undefined || match[3] !== undefined ? null : Number(match[2]);
  return { kind: "lead", address: match?.[1] ?? null, port };
}
