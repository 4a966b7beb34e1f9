import { deepStrictEqual as equal, throws } from "node:assert/strict";
import { inferV6only, parseTcpTable } from "../../../src/linux/proc/proc_net.ts";
import { ProcSyntaxError } from "../../../src/linux/proc/proc_syntax_error.ts";

// Recorded on Linux 6.18.
const TCP = [
  "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                                                     ",
  "   0: 00000000:1E61 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 8390 2 0000000094834c5b 100 0 0 10 0                      ",
  "   1: 0100007F:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1456 1 00000000664b2c19 100 0 0 10 0                      ",
  "   2: 020200C0:DBB4 507100CB:01BB 06 00000000:00000000 03:00001702 00000000     0        0 0 3 00000000670d015a                                      ",
  "   3: this row is never read",
  "",
].join("\n");
const TCP6 = [
  "  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
  "   0: 00000000000000000000000000000000:0BB8 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 140808 1 0000000064511752 100 0 0 10 0",
  "   1: 00000000000000000000000001000000:0BBA 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 140810 1 0000000016a59e3b 100 0 0 10 0",
  "   2: 0000000000000000FFFF00000100007F:0BB9 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 140809 1 00000000b71758d1 100 0 0 10 0",
  "",
].join("\n");

Deno.test("parseTcpTable reads the listeners and stops at the first row that is none", () => {
  equal(parseTcpTable(TCP, 4, "/proc/net/tcp"), {
    listeners: [
      { protocol: "tcp", family: 4, address: "0.0.0.0", port: 7777, inode: 8390, uid: 0, v6only: false },
      { protocol: "tcp", family: 4, address: "127.0.0.1", port: 2024, inode: 1456, uid: 1000, v6only: false },
    ],
    isComplete: true,
    nextLine: 5,
  });
});

Deno.test("parseTcpTable reads IPv6 addresses, of which a single one is v6only and a mapped one is not", () => {
  const { listeners, isComplete } = parseTcpTable(TCP6, 6, "/proc/net/tcp6");
  equal(isComplete, false);
  equal(listeners.map(({ address, v6only }) => [address, v6only]), [
    ["::", false],
    ["::1", true],
    ["::ffff:127.0.0.1", false],
  ]);
});

Deno.test("parseTcpTable goes on in the middle of a table", () => {
  const [, row] = TCP.split("\n");
  const { listeners, nextLine } = parseTcpTable(`${row}\n`, 4, "/proc/net/tcp", 40);
  equal([listeners.length, nextLine], [1, 41]);
});

Deno.test("parseTcpTable names the file and the line of what it cannot read", () => {
  const cases: readonly [string, string, number, string][] = [
    ["no title", TCP.slice(TCP.indexOf("\n") + 1), 1, "the title line"],
    ["a short row", TCP.replace("1E61 00000000:0000 0A", "1E61"), 2, "a row of a TCP socket over IPv4"],
    ["another family", TCP6, 2, "a row of a TCP socket over IPv4"],
    ["an empty row", TCP.replace(/ {3}1:.*\n/, "\n"), 3, "a row of a TCP socket over IPv4"],
  ];
  for (const [name, text, line, expected] of cases) {
    throws(
      () => parseTcpTable(text, 4, "/proc/net/tcp"),
      (error) =>
        error instanceof ProcSyntaxError && error.line === line &&
        error.message.startsWith(`/proc/net/tcp:${line}: expected ${expected}, found `),
      name,
    );
  }
});

Deno.test("inferV6only takes :: for v6only where an IPv4 socket has the same port", () => {
  const listener = {
    protocol: "tcp",
    family: 6,
    address: "::",
    port: 80,
    inode: 1,
    uid: 0,
    v6only: false,
  } as const;
  const four = { ...listener, family: 4, address: "127.0.0.1", inode: 2 } as const;
  equal(inferV6only([listener]), [listener]);
  equal(inferV6only([listener, { ...four, port: 81 }]), [listener, { ...four, port: 81 }]);
  equal(inferV6only([four, listener]), [four, { ...listener, v6only: true }]);
});
