import { deepStrictEqual as same, ok } from "node:assert/strict";
import { entriesOf, type HeldClaim } from "../../src/plan/claims/claim.ts";
import { claimedEntries } from "../../src/plan/claims/claim_index.ts";
import { type Entry, formatEntry } from "../../src/plan/rules/entry.ts";
import { HostError } from "../../src/contracts/host.ts";
import { SnapshotError } from "../../src/contracts/snapshot_error.ts";
import { parseHyperVSettings } from "../../src/windows/firewall/hyper_v_firewall.ts";
import { parseExcludedPorts } from "../../src/windows/network/excluded_ports.ts";
import { parseLanAddress } from "../../src/windows/network/lan_address.ts";
import { parseServiceState } from "../../src/windows/network/service_state.ts";
import { parseWindowsListeners } from "../../src/windows/network/windows_listeners.ts";
import { parseRegistryEntries } from "../../src/windows/portproxy/table/portproxy_registry.ts";
import { parseTable } from "../../src/windows/portproxy/table/portproxy_table.ts";
import { decodeOutput } from "../../src/windows/run/output_text.ts";
import { OutputSyntaxError } from "../../src/windows/run/syntax_error.ts";
import { parseWindowsUser } from "../../src/windows/session/windows_user.ts";
import { claim } from "../unit/plan/samples.ts";
import { Random } from "../unit/random.ts";
import { FakePrograms } from "../unit/windows/fake_programs.ts";
import { CODE_PAGES, encodeIn } from "./code_pages.ts";
import { mutateLines } from "./mutations.ts";
import { reconcilerOver } from "./reconciler_over.ts";
import { printed, readTranscripts } from "./transcript.ts";

const random = new Random();
const WHERE = `(WSLFWD_SEED=${random.seed})`;

/** What parses the transcripts whose names begin so. */
const PARSERS: Readonly<Record<string, (output: string) => unknown>> = {
  "netsh-portproxy": parseTable,
  "netstat": parseWindowsListeners,
  "excludedportrange": parseExcludedPorts,
  "sc-query": parseServiceState,
  "whoami": parseWindowsUser,
  "route": parseLanAddress,
  "hyperv": parseHyperVSettings,
};

/** Nothing but the one error that says that a read failed. */
function tryParse<T>(parse: (output: string) => T, output: string, how: string): T | null {
  try {
    return parse(output);
  } catch (error) {
    ok(error instanceof OutputSyntaxError, `${how} ${WHERE}: ${error}`);
    return null;
  }
}

for (const [prefix, parse] of Object.entries(PARSERS)) {
  Deno.test(`no damage to what ${prefix} printed crashes its reader ${WHERE}`, () => {
    for (const { name, lines } of readTranscripts(prefix)) {
      for (const codePage of CODE_PAGES) {
        const bytes = encodeIn(printed(lines), codePage);
        for (let length = 0; length <= bytes.length; length++) {
          tryParse(parse, decodeOutput(bytes.subarray(0, length)), `${name}, ${length} bytes`);
        }
        for (const { how, lines: damaged } of mutateLines(lines, random)) {
          tryParse(parse, decodeOutput(encodeIn(printed(damaged), codePage)), `${name}, ${how}`);
        }
      }
    }
  });
}

Deno.test(`damaged tables hold no entry that is not there, but of words that ran on ${WHERE}`, () => {
  for (const { name, lines } of readTranscripts("netsh-portproxy")) {
    const whole = parseTable(printed(lines)), known = new Set(whole.entries.map(formatEntry));
    for (const { how, lines: damaged } of mutateLines(lines, random)) {
      const table = tryParse(parseTable, printed(damaged), `${name}, ${how}`);
      for (const each of table?.entries ?? []) {
        const isTitle = !/\d/.test(String(each.listen.port).replaceAll("ipv4", "")); // A line of titles that got among the rows.
        ok(known.has(formatEntry(each)) || isTitle, `${name}, ${how} ${WHERE}: ${formatEntry(each)}`);
      }
    }
    const bytes = printed(lines);
    for (let length = 0; length <= bytes.length; length++) {
      const table = tryParse(parseTable, bytes.slice(0, length), `${name}, ${length} bytes`);
      // All or nothing: of an empty line alone only netsh's exit status can tell.
      if (table !== null && bytes.slice(0, length).trim() !== "") {
        same(table, whole, `${name}, ${length} bytes`);
      }
    }
  }
});

/** Ours, made by an earlier run. */
const OURS = [claim("0.0.0.0:3333 -> 172.23.21.232:3333"), claim("0.0.0.0:4444 -> 172.23.21.232:4444")];
const ROWS = [3333, 4444].map((port) => `0.0.0.0         ${port}        172.23.21.232   ${port}`);

for (const { name, lines } of readTranscripts("netsh-portproxy")) {
  Deno.test(`whatever is damaged of ${name}, nothing of others is touched, nothing of ours is lost ${WHERE}`, async () => {
    const foreign = parseTable(printed(lines)).entries;
    const ruler = lines.findIndex((line) => line.startsWith("-----"));
    const whole = lines.toSpliced(ruler + 1, 0, ...ROWS);
    const outputs = mutateLines(whole, random).map((each) => ({ ...each, text: printed(each.lines) }));
    const text = printed(whole);
    for (let length = 0; length < text.length; length++) {
      outputs.push({ how: `${length} bytes`, lines: whole, text: text.slice(0, length) });
    }
    for (const { how, text } of outputs) {
      await liveThrough(
        foreign,
        decodeOutput(encodeIn(text, random.pick(CODE_PAGES))),
        `${name}, ${how} ${WHERE}`,
      );
    }
  });
}

/** The first look at the table is damaged: a start, and a clean-up, have to end well. */
async function liveThrough(foreign: readonly Entry[], damaged: string, how: string): Promise<void> {
  for (const end of ["clean-up", "start"] as const) {
    const programs = new FakePrograms(null);
    programs.entries = [...OURS.flatMap(entriesOf), ...foreign];
    programs.claims = OURS.map(({ scope: _, ...held }): HeldClaim => held);
    let isFirst = true;
    programs.intercept = (call) => {
      if (call.includes("portproxy show") && isFirst) {
        isFirst = false;
        return { stdout: damaged, isLatin1: true };
      }
      return call.includes("Services\\PortProxy") ? { exitCode: 1, stderr: "forbidden\r\n" } : null;
    };
    const ports = [3333, ...foreign.map(({ listen }) => Number(listen.port)).filter((port) => port > 0)];
    const { reconciler } = reconcilerOver(programs, ports);
    const swallow = (error: unknown) => {
      ok(error instanceof SnapshotError || error instanceof HostError, `${how}: ${error}`);
    };
    await (end === "start" ? reconciler.runOnce() : reconciler.removeAll()).catch(swallow);
    const others = () =>
      programs.entries.filter((each) => foreign.some((one) => formatEntry(one) === formatEntry(each)));
    same(others().map(formatEntry).sort(), foreign.map(formatEntry).sort(), `${how}, ${end}`);
    ok(!isFirst, "the damaged read was asked for");
    // Where the first read said nothing, nothing was done; the next one is whole.
    await reconciler.removeAll().catch(swallow);
    await reconciler.removeAll();
    same(programs.entries.map(formatEntry).sort(), foreign.map(formatEntry).sort(), `${how}, after ${end}`);
    same([...claimedEntries(programs.claims)], [], `${how}, after ${end}`);
    same(programs.claims, [], `${how}, after ${end}`);
  }
}

Deno.test(`no damage to the registry's entries crashes their reader, nor invents any ${WHERE}`, () => {
  for (const { name, lines } of readTranscripts("netsh-portproxy")) {
    const { entries } = parseTable(printed(lines)), known = new Set(entries.map(formatEntry));
    const rows = entries.map(({ listen, connect }) =>
      `    ${listen.address}/${listen.port}    REG_SZ    ${connect.address}/${connect.port}`
    );
    const whole = [
      "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\PortProxy\\v4tov4\\tcp",
      ...rows,
    ];
    const text = printed(whole);
    const outputs = mutateLines(whole, random).map((each) => printed(each.lines));
    for (let length = 0; length <= text.length; length++) outputs.push(text.slice(0, length));
    for (const output of outputs) {
      const table = tryParse(parseRegistryEntries, output, name);
      for (const each of table?.entries ?? []) ok(known.has(formatEntry(each)), `${name} ${WHERE}`);
    }
  }
});
