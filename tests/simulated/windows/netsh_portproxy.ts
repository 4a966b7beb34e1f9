/** `netsh interface portproxy`, as facts/windows.md section 1 has it. */
import { widthOf } from "./code_pages.ts";
import type { PortproxyEntry, PortproxyFamilies } from "./model.ts";
import type { LineOutcome, NetshContext } from "./netsh.ts";
import { ALL_FAMILIES, familiesOf, keyOf } from "./portproxy.ts";
import { readTags, Refusal } from "./words.ts";

/** Runs the words after `interface portproxy`. Throws Refusal for what it does not know. */
export function runPortproxy(words: readonly string[], context: NetshContext): LineOutcome {
  const [verb, table, ...rest] = words;
  const families = ALL_FAMILIES.find((each) => each === table);
  switch (verb) {
    case "show":
      if ((families === undefined && table !== "all") || rest.length > 0) break;
      return {
        succeeded: true,
        output: showTables(families === undefined ? ALL_FAMILIES : [families], context),
      };
    case "dump":
      if (table !== undefined) break;
      return { succeeded: true, output: dumpTable(context) };
    case "reset":
      if (table !== undefined) break;
      return changing(context, () => {
        context.machine.violate("portproxy reset: wipes everybody's entries");
        context.machine.clearEntries();
      });
    case "add":
    case "set":
      if (families === undefined) break;
      return putEntry(verb, families, rest, context);
    case "delete":
      if (families === undefined) break;
      return deleteEntry(families, rest, context);
  }
  throw new Refusal(`interface portproxy ${words.join(" ")}`);
}

function putEntry(
  verb: "add" | "set",
  families: PortproxyFamilies,
  words: readonly string[],
  context: NetshContext,
): LineOutcome {
  const { machine, texts } = context;
  const tags = readTags(words, ["listenport", "connectaddress", "connectport", "listenaddress", "protocol"]);
  const listenPort = needed(tags, "listenport");
  const entry: PortproxyEntry = {
    ...(families === "v4tov4" ? {} : { families }),
    listenPort,
    connectAddress: needed(tags, "connectaddress"),
    connectPort: tags.get("connectport") ?? listenPort,
    listenAddress: tags.get("listenaddress") ?? "*",
  };
  checkProtocol(tags);
  return changing(context, () => {
    if (verb === "add" && machine.switches.addOnExisting === "refuses" && machine.hasEntry(keyOf(entry))) {
      return { succeeded: false, output: `${texts.objectExists}\r\n\r\n` };
    }
    machine.putEntry(entry);
  });
}

function deleteEntry(
  families: PortproxyFamilies,
  words: readonly string[],
  context: NetshContext,
): LineOutcome {
  const tags = readTags(words, ["listenport", "listenaddress", "protocol"]);
  const key = keyOf({
    families,
    listenPort: needed(tags, "listenport"),
    listenAddress: tags.get("listenaddress") ?? "*",
  });
  checkProtocol(tags);
  return changing(context, () => {
    if (context.machine.deleteEntry(key)) return;
    return { succeeded: false, output: `${context.texts.fileNotFound}\r\n\r\n` };
  });
}

/** What changes something needs elevation, and prints a blank line where it succeeds. */
function changing(context: NetshContext, change: () => LineOutcome | void): LineOutcome {
  if (!context.isElevated) return { succeeded: false, output: `${context.texts.needsElevation}\r\n\r\n` };
  return change() ?? { succeeded: true, output: "\r\n" };
}

function needed(tags: ReadonlyMap<string, string>, tag: string): string {
  const value = tags.get(tag);
  if (value === undefined || value === "") throw new Refusal(`portproxy without ${tag}`);
  return value;
}

function checkProtocol(tags: ReadonlyMap<string, string>): void {
  const protocol = tags.get("protocol") ?? "tcp";
  if (protocol.toLowerCase() !== "tcp") throw new Refusal(`portproxy protocol ${protocol}`);
}

/** Tables without an entry print nothing; where all are empty there is one blank line. */
function showTables(tables: readonly PortproxyFamilies[], context: NetshContext): string {
  return tables.map((families) => showTable(families, context)).join("") || "\r\n";
}

function showTable(families: PortproxyFamilies, { machine, texts }: NetshContext): string {
  const entries = machine.entries.filter((entry) => familiesOf(entry) === families);
  if (entries.length === 0) return "";
  const padded = (text: string, width: number) => text + " ".repeat(Math.max(1, width - widthOf(text)));
  const columns = padded(texts.address, 16) + padded(texts.port, 12);
  const rows = entries.map((entry) =>
    `${entry.listenAddress.padEnd(15)} ${entry.listenPort.padEnd(10)}  ` +
    `${entry.connectAddress.padEnd(15)} ${entry.connectPort.padEnd(10)}\r\n`
  );
  const [from, to] = [families[1]!, families.at(-1)!];
  const title = texts.portproxyTitle.replace(
    /ipv4(.*)ipv4/,
    (_, between) => `ipv${from}${between}ipv${to}`,
  );
  return `\r\n${title}\r\n\r\n` +
    `${columns}${columns.trimEnd()}\r\n` +
    "--------------- ----------  --------------- ----------\r\n" +
    `${rows.join("")}\r\n`;
}

function dumpTable({ machine }: NetshContext): string {
  const rule = "#".padEnd(24, "=");
  const adds = machine.entries.map((entry) =>
    `add ${familiesOf(entry)} listenport=${entry.listenPort} listenaddress=${entry.listenAddress} ` +
    `connectport=${entry.connectPort} connectaddress=${entry.connectAddress}\r\n`
  );
  return `\r\n${rule}\r\n# Port Proxy configuration\r\n${rule}\r\npushd interface portproxy\r\n\r\nreset\r\n` +
    `${adds.join("")}\r\n\r\npopd\r\n\r\n# End of Port Proxy configuration\r\n\r\n`;
}
