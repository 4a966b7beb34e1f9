import { deepStrictEqual as same, equal, match } from "node:assert/strict";
import type { PortOnWindows } from "../../../src/diagnose/why/port_facts.ts";
import type { Entry } from "../../../src/plan/rules/entry.ts";
import { entriesOf } from "../../../src/plan/claims/claim.ts";
import { claim, entry, excluding, FREE_HOST, GUEST, listening, taking } from "../plan/samples.ts";
import { CLAIM, explain, HELPER } from "./port_samples.ts";

const SIX = claim(`[::]:3000 -> ${GUEST}:3000`);
const FOUR_SOCKET = taking("0.0.0.0", 3000, HELPER), SIX_SOCKET = taking("::", 3000, HELPER);

/** A Windows with IPv6 on which the port is open by both families, with changes. */
function both(
  changes: Partial<PortOnWindows> = {},
  entries: readonly Entry[] = [...entriesOf(CLAIM), ...entriesOf(SIX)],
  excluded = excluding(""),
) {
  const held = {
    ...FREE_HOST,
    excluded,
    entries,
    claims: [CLAIM, SIX],
    isForwarderRunning: true,
    unfinished: [],
  };
  return explain({
    windows: {
      held: { value: held },
      hasIpv6: { value: true },
      listeners: { value: [FOUR_SOCKET, SIX_SOCKET] },
      lans: { value: [{ address: "192.168.1.5", ipv6: "fd00::5", index: 12, profile: "private" }] },
      toItselfByIpv6: { value: true },
      ...changes,
    },
  });
}

Deno.test("explainPort walks the chain of each family, and tells once what both have in common", () => {
  const { findings, answers, endpoint } = both();
  same([answers, endpoint], [true, "192.168.1.5:3000"]);
  const six = findings.filter(({ check }) => check.endsWith("-ipv6"));
  same(six.map(({ check, mark, text }) => [check, mark, text]), [
    ["entry-ipv6", "ok", `Windows forwards [::]:3000 -> ${GUEST}:3000`],
    ["forwarding-ipv6", "ok", "IP Helper listens on port 3000 by IPv6"],
    ["lan-ipv6", "ok", "Windows answers on [fd00::5]:3000, which is what others type"],
  ]);
  equal(new Set(findings.map(({ text }) => text)).size, findings.length);
});

Deno.test("explainPort: what is broken by IPv6 is a note where the port answers by IPv4", () => {
  const foreign = entry("[::]:3000 -> 10.0.0.9:80");
  const rows = [
    [
      both({}, [...entriesOf(CLAIM), foreign]),
      "entry",
      /did not make: \[::\]:3000.*/,
      /delete v6tov4 .*listenaddress=::/,
    ],
    [both({}, entriesOf(CLAIM)), "entry", /does not forward the port by IPv6/, /wslfwd status/],
    [
      both({ listeners: { value: [FOUR_SOCKET] } }),
      "forwarding",
      /does not listen on port 3000 by IPv6/,
      /iphlpsvc/,
    ],
    [both({}, undefined, excluding("", "3000")), "reserved", /interface ipv6 show excluded/, /--map/],
    [both({ toItselfByIpv6: { value: false } }), "lan", /does not answer on \[fd00::5\]:3000/, /doctor/],
  ] as const;
  for (const [{ answers, endpoint, findings }, check, text, remedy] of rows) {
    same([answers, endpoint], [true, "192.168.1.5:3000"], check);
    const told = findings.find((each) => each.check === `${check}-ipv6`)!;
    equal(told.mark, "note");
    match(told.text, /^not by IPv6: /);
    match(told.text, text);
    match(told.remedy!, remedy);
  }
});

Deno.test("explainPort: what is broken by IPv4 hides nothing where the port answers by IPv6", () => {
  const { answers, endpoint, findings } = both({ listeners: { value: [SIX_SOCKET] } });
  same([answers, endpoint], [true, "[fd00::5]:3000"]);
  const told = findings.find(({ check }) => check === "forwarding-ipv4")!;
  same([told.mark, told.text], [
    "note",
    "not by IPv4: IP Helper has the entry, and does not listen on port 3000",
  ]);
});

Deno.test("explainPort: where both are broken, that of IPv4 is the last word", () => {
  const { answers, findings } = both({ listeners: { value: [] } });
  equal(answers, false);
  same(findings.slice(-2).map(({ check, mark }) => [check, mark]), [
    ["forwarding-ipv6", "note"],
    ["forwarding", "failed"],
  ]);
});

Deno.test("explainPort: what takes IPv6 alone answers in networking mode mirrored, and is told why not in nat", () => {
  const socket = listening("[::]:3000!", "node"), own = listening("[fd00::7]:3000", "node");
  const walk = (mode: "nat" | "mirrored", of: typeof socket) =>
    explain({
      mode,
      windows: { hasIpv6: { value: true } },
      facts: { sockets: [of], inside: [{ address: "::1", isOpen: true }] },
    }).findings.find(({ check }) => check === "binding")!;
  same([walk("mirrored", socket).mark, walk("mirrored", own).mark], ["ok", "ok"]);
  match(walk("nat", socket).text, /^it takes IPv6 only, and Windows connects to this guest by IPv4$/);
  match(walk("nat", own).text, /^it is bound to fd00::7, an IPv6 address, and Windows/);
  match(walk("nat", own).remedy!, /0\.0\.0\.0/);
});
