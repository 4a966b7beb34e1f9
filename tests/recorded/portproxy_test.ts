import { deepStrictEqual as equal } from "node:assert/strict";
import { type Entry, formatEntry } from "../../src/plan/rules/entry.ts";
import { parseRegistryEntries } from "../../src/windows/portproxy/table/portproxy_registry.ts";
import { parseTable } from "../../src/windows/portproxy/table/portproxy_table.ts";
import { decodeOutput } from "../../src/windows/run/output_text.ts";
import { CODE_PAGES, encodeIn } from "./code_pages.ts";
import { printed, readTranscripts } from "./transcript.ts";

/** What each transcript holds. */
const EXPECTED: Readonly<Record<string, readonly string[]>> = {
  "netsh-portproxy-en-helper-dll": ["0.0.0.0:3000 -> 172.23.21.232:3000"],
  "netsh-portproxy-en-hostname-I-two-addresses": ["0.0.0.0:8080 -> 172.25.17.150 172.17.0.1:8080"],
  "netsh-portproxy-en-postgres-loopback": ["127.0.0.1:5433 -> 172.25.250.6:5432"],
  "netsh-portproxy-en-range-row": ["0.0.0.0:30000-50000 -> 172.23.188.236:30000-50000"],
  "netsh-portproxy-en-star": ["*:1024 -> 192.168.198.200:1024"],
  "netsh-portproxy-en-swapped": ["127.0.0.1:27017 -> 0.0.0.0:27017"],
  "netsh-portproxy-fr": ["0.0.0.0:8001 -> 172.27.57.198:8001"],
  "netsh-portproxy-ja-localhost-and-star": [
    "0.0.0.0:19000 -> 127.0.0.1:19000",
    "*:19000 -> 192.168.0.19:19000",
    "localhost:19000 -> 127.0.1.1:19000",
  ],
  "netsh-portproxy-ja-loop": [
    "192.168.137.115:11434 -> 172.20.4.52:11434",
    "127.0.0.1:11434 -> 172.20.4.52:11434",
    "0.0.0.0:11434 -> 192.168.137.115:11434",
  ],
  "netsh-portproxy-ko": ["0.0.0.0:80 -> 172.28.241.140:80"],
  "netsh-portproxy-zh-long-hostname": ["127.0.0.1:445 -> host.example.com.cn:4450"],
  "netsh-portproxy-zh-star": ["*:2433 -> 192.168.1.6:2433", "*:2434 -> 192.168.1.16:2433"],
  "netsh-portproxy-zh-tw": [
    "10.1.23.45:8080 -> 172.1.23.45:8080",
    "10.1.23.45:49161 -> 172.1.23.45:49161",
    "10.1.23.45:8443 -> 172.1.23.45:8443",
  ],
};

/** What `reg.exe query` prints of the same entries. The layout is that of facts/windows.md; the trailing blank is stored. */
function showRegistry(entries: readonly Entry[]): string {
  const rows = entries.map(({ listen, connect }) =>
    `    ${listen.address}/${listen.port}    REG_SZ    ${connect.address} /${connect.port}\r\n`
  );
  return `\r\nHKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\PortProxy\\v4tov4\\tcp\r\n${
    rows.join("")
  }\r\n`;
}

for (const { name, origin, lines } of readTranscripts("netsh-portproxy-")) {
  Deno.test(`parseTable reads ${name}, in every code page (${origin.slice(0, 60)}…)`, () => {
    for (const codePage of CODE_PAGES) {
      const table = parseTable(decodeOutput(encodeIn(printed(lines), codePage)));
      equal(table.entries.map(formatEntry), EXPECTED[name], `code page ${codePage}`);
      equal(table.unread, []);
      equal(parseRegistryEntries(showRegistry(table.entries)), table, "both readers agree");
    }
  });
}
