/** `netsh advfirewall firewall`, as facts/windows.md section 3 has it. */
import { formatLocalPorts, parseLocalPorts, parseRemoteIp } from "./firewall.ts";
import type { FirewallRule, Profile } from "./model.ts";
import type { LineOutcome, NetshContext } from "./netsh.ts";
import { readWholeTags, Refusal } from "./words.ts";

const PROFILES: readonly Profile[] = ["domain", "private", "public"];

/** A rule that every Windows has; where netsh shows the description is assumed. */
const EVERYBODYS: FirewallRule = {
  name: "Core Networking - DHCP (UDP-In)",
  direction: "in",
  action: "allow",
  protocol: "udp",
  localPorts: [{ first: 68, last: 68 }],
  profiles: PROFILES,
  remoteIps: ["any"],
  description: "Allows DHCP messages.",
  isEnabled: true,
};

const ADD_TAGS = [
  "name",
  "dir",
  "action",
  "protocol",
  "localport",
  "profile",
  "remoteip",
  "description",
  "enable",
  "program",
  "service",
];

/** Runs the words after `advfirewall firewall`. Throws Refusal for what it does not know. */
export function runFirewall(words: readonly string[], context: NetshContext): LineOutcome {
  const [verb, noun, ...rest] = words;
  if (noun === "rule") {
    if (verb === "add") return elevated(context, () => addRule(readWholeTags(rest, ADD_TAGS), context));
    if (verb === "delete") {
      const tags = readWholeTags(rest, ["name", "dir", "protocol", "localport", "profile", "remoteip"]);
      return elevated(context, () => deleteRules(tags, context));
    }
    if (verb === "show") {
      const isVerbose = rest.at(-1) === "verbose";
      return showRules(readWholeTags(isVerbose ? rest.slice(0, -1) : rest, ["name"]), isVerbose, context);
    }
  }
  throw new Refusal(`advfirewall firewall ${words.join(" ")}`);
}

function elevated(context: NetshContext, change: () => LineOutcome): LineOutcome {
  return context.isElevated
    ? change()
    : { succeeded: false, output: `\r\n${context.texts.needsElevation}\r\n\r\n` };
}

function addRule(tags: ReadonlyMap<string, string>, { machine, texts }: NetshContext): LineOutcome {
  const name = nameIn(tags);
  const direction = oneOf(tags, "dir", ["in", "out"], null);
  const action = oneOf(tags, "action", ["allow", "block"], null);
  const protocol = oneOf(tags, "protocol", ["tcp", "udp", "any"], "any");
  const localPorts = tags.has("localport") ? parseLocalPorts(tags.get("localport")!) : [];
  const remoteIps = (tags.get("remoteip") ?? "any").split(",").map(parseRemoteIp);
  if (localPorts === null || (localPorts.length > 0 && protocol === "any")) {
    throw new Refusal(`localport ${tags.get("localport")}`);
  }
  if (remoteIps.includes(null)) throw new Refusal(`remoteip ${tags.get("remoteip")}`);
  const description = tags.get("description") ?? "";
  if (name.includes("|") || description.includes("|")) throw new Refusal("a bar in a firewall rule's text");
  const service = tags.get("service"), program = tags.get("program");
  if ((service === undefined) !== (program === undefined)) throw new Refusal("a program without its service");
  if (service !== undefined && !machine.switches.takesServiceRules) {
    return { succeeded: false, output: `\r\n${texts.noRules}\r\n\r\n` };
  }
  const rule: FirewallRule = {
    ...(service === undefined ? {} : { service, program: program! }),
    name,
    direction,
    action,
    protocol,
    localPorts,
    profiles: profilesIn(tags) ?? PROFILES,
    remoteIps: remoteIps as string[],
    description,
    isEnabled: oneOf(tags, "enable", ["yes", "no"], "yes") === "yes",
  };
  machine.addRule(rule);
  return { succeeded: true, output: `${texts.ok}\r\n\r\n` };
}

function deleteRules(tags: ReadonlyMap<string, string>, { machine, texts }: NetshContext): LineOutcome {
  const name = nameIn(tags);
  const direction = tags.has("dir") ? oneOf(tags, "dir", ["in", "out"], null) : null;
  const protocol = tags.has("protocol") ? oneOf(tags, "protocol", ["tcp", "udp", "any"], null) : null;
  const localPorts = tags.has("localport") ? parseLocalPorts(tags.get("localport")!) : null;
  const profiles = profilesIn(tags);
  const remoteIps = tags.get("remoteip")?.toLowerCase();
  if (tags.has("localport") && localPorts === null) throw new Refusal(`localport ${tags.get("localport")}`);
  if (name === "all") machine.violate(`deletes firewall rules by name=all`);
  const meant = (name === "all" ? machine.rules : machine.rulesNamed(name)).filter((rule) =>
    (direction === null || rule.direction === direction) &&
    (protocol === null || rule.protocol === protocol) &&
    (localPorts === null || formatLocalPorts(rule.localPorts) === formatLocalPorts(localPorts)) &&
    (profiles === null || profiles.join() === rule.profiles.join()) &&
    (remoteIps === undefined || rule.remoteIps.join(",") === remoteIps)
  );
  if (meant.length === 0) return { succeeded: false, output: `\r\n${texts.noRules}\r\n\r\n` };
  machine.deleteRules(meant);
  return {
    succeeded: true,
    output: `\r\n${texts.deletedRules.replace("%n", `${meant.length}`)}\r\n${texts.ok}\r\n\r\n`,
  };
}

function showRules(
  tags: ReadonlyMap<string, string>,
  isVerbose: boolean,
  { machine, texts }: NetshContext,
): LineOutcome {
  const name = nameIn(tags);
  // Only for who needs our tags, and cannot read the registry: it takes many seconds.
  if (name === "all" && !isVerbose) throw new Refusal("show rule name=all: takes up to a minute");
  const rules = name === "all" ? [...machine.rules, EVERYBODYS] : machine.rulesNamed(name);
  if (rules.length === 0) return { succeeded: false, output: `\r\n${texts.noRules}\r\n\r\n` };
  const line = (title: string, value: string) => `${title.padEnd(38)}${value}\r\n`;
  const capital = (word: string) => word[0]!.toUpperCase() + word.slice(1);
  const blocks = rules.map((rule) =>
    `\r\n${line("Rule Name:", rule.name)}${"-".repeat(70)}\r\n` +
    (isVerbose ? line("Description:", rule.description) : "") +
    line("Enabled:", rule.isEnabled ? "Yes" : "No") +
    line("Direction:", capital(rule.direction)) +
    line("Profiles:", rule.profiles.map(capital).join(",")) +
    line("Grouping:", "") +
    line("LocalIP:", "Any") +
    line(
      "RemoteIP:",
      rule.remoteIps.map((ip) => ip === "localsubnet" ? "LocalSubnet" : capital(ip)).join(","),
    ) +
    line("Protocol:", rule.protocol === "any" ? "Any" : rule.protocol.toUpperCase()) +
    (rule.protocol === "any"
      ? ""
      : line("LocalPort:", formatLocalPorts(rule.localPorts)) + line("RemotePort:", "Any")) +
    line("Edge traversal:", "No") +
    line("Action:", capital(rule.action))
  );
  return { succeeded: true, output: `${blocks.join("")}${texts.ok}\r\n\r\n` };
}

function nameIn(tags: ReadonlyMap<string, string>): string {
  const name = tags.get("name");
  if (name === undefined) throw new Refusal("a firewall command without name=");
  return name;
}

function profilesIn(tags: ReadonlyMap<string, string>): readonly Profile[] | null {
  const words = tags.get("profile")?.toLowerCase().split(",");
  if (words === undefined) return null;
  if (words.length === 1 && words[0] === "any") return PROFILES;
  const unknown = words.find((word) => !(PROFILES as readonly string[]).includes(word));
  if (unknown !== undefined) throw new Refusal(`profile ${unknown}`);
  return PROFILES.filter((profile) => words.includes(profile));
}

/** One of some words; `fallback` null: needed. */
function oneOf<Word extends string>(
  tags: ReadonlyMap<string, string>,
  tag: string,
  words: readonly Word[],
  fallback: Word | null,
): Word {
  const value = tags.get(tag)?.toLowerCase() ?? fallback;
  const word = words.find((candidate) => candidate === value);
  if (word === undefined) throw new Refusal(`${tag} ${value}`);
  return word;
}
