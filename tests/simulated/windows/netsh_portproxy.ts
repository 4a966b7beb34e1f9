/** `netsh interface portproxy`, as facts/windows.md section 1 has it. */
import { widthOf } from "./code_pages.ts";
import type { PortproxyEntry } from "./model.ts";
import type { LineOutcome, NetshContext } from "./netsh.ts";
import { keyOf } from "./portproxy.ts";
import { readTags, Refusal } from "./words.ts";

/** Runs the words after `interface portproxy`. Throws Refusal for what it does not know. */
export function runPortproxy(words: readonly string[], context: NetshContext): LineOutcome {
  const [verb, family, ...rest] = words;
  switch (verb) {
    case "show":
      if ((family !== "v4tov4" && family !== "all") || rest.length > 0) break;
      return { succeeded: true, output: showTable(context) };
    case "dump":
      if (family !== undefined) break;
      return { succeeded: true, output: dumpTable(context) };
    case "reset":
      if (family !== undefined) break;
      return changing(context, () => {
        context.machine.violate("portproxy reset: wipes everybody's entries");
        context.machine.clearEntries();
      });
    case "add":
    case "set":
      if (family !== "v4tov4") break;
      return putEntry(verb, rest, context);
    case "delete":
      if (family !== "v4tov4") break;
      return deleteEntry(rest, context);
  }
  throw new Refusal(`interface portproxy ${words.join(" ")}`);
}

function putEntry(verb: "add" | "set", words: readonly string[], context: NetshContext): LineOutcome {
  const { machine, texts } = context;
  const tags = readTags(words, ["listenport", "connectaddress", "connectport", "listenaddress", "protocol"]);
  const listenPort = needed(tags, "listenport");
  const entry: PortproxyEntry = {
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

function deleteEntry(words: readonly string[], context: NetshContext): LineOutcome {
  const tags = readTags(words, ["listenport", "listenaddress", "protocol"]);
  const key = keyOf({
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

function showTable({ machine, texts }: NetshContext): string {
  if (machine.entries.length === 0) return "\r\n";
  const padded = (text: string, width: number) => text + " ".repeat(Math.max(1, width - widthOf(text)));
  const columns = padded(texts.address, 16) + padded(texts.port, 12);
  const rows = machine.entries.map((entry) =>
    `${entry.listenAddress.padEnd(15)} ${entry.listenPort.padEnd(10)}  ` +
    `${entry.connectAddress.padEnd(15)} ${entry.connectPort.padEnd(10)}\r\n`
  );
  return `\r\n${texts.portproxyTitle}\r\n\r\n` +
    `${columns}${columns.trimEnd()}\r\n` +
    "--------------- ----------  --------------- ----------\r\n" +
    `${rows.join("")}\r\n`;
}

function dumpTable({ machine }: NetshContext): string {
  const rule = "#".padEnd(24, "=");
  const adds = machine.entries.map((entry) =>
    `add v4tov4 listenport=${entry.listenPort} listenaddress=${entry.listenAddress} ` +
    `connectport=${entry.connectPort} connectaddress=${entry.connectAddress}\r\n`
  );
  return `\r\n${rule}\r\n# Port Proxy configuration\r\n${rule}\r\npushd interface portproxy\r\n\r\nreset\r\n` +
    `${adds.join("")}\r\n\r\npopd\r\n\r\n# End of Port Proxy configuration\r\n\r\n`;
}
