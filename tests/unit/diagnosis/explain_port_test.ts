import { deepStrictEqual as same, equal, match } from "node:assert/strict";
import { FREE_HOST, GUEST, listening, taking } from "../plan/samples.ts";
import { type Changes, explain } from "./port_samples.ts";

/** The check, its mark, and what it says. */
type Row = readonly [string, Changes, string, "ok" | "note" | "failed" | "unknown", RegExp];

const LOOPBACK_CLOSED = [{ address: "127.0.0.1", isOpen: false }, { address: GUEST, isOpen: true }];

/** A program on an address that only networking mode mirrored has on Windows, too. */
const ELSEWHERE = {
  sockets: [listening("10.8.0.2:3000", "node")],
  guest: {
    listeners: { value: [] },
    address: { value: GUEST },
    beside: ["10.8.0.2"],
  },
};

const ROWS: readonly Row[] = [
  [
    "on another mirrored address",
    { mode: "mirrored", facts: ELSEWHERE },
    "binding",
    "ok",
    /another address .*10\.8\.0\.2/,
  ],
  ["on another address in nat", { facts: ELSEWHERE }, "binding", "failed", /bound to 10\.8\.0\.2/],
  ["a rule says whom it lets in (case 17)", {}, "rule", "ok", /machines of this subnet only.*--remote-ip/],
  [
    "Windows does not reach its own address in mirrored mode (case 3)",
    { mode: "mirrored", windows: { toItself: { value: false } } },
    "lan",
    "ok",
    /which is usual/,
  ],
  ["it does not in nat", { windows: { toItself: { value: false } } }, "lan", "failed", /does not answer/],
  [
    "closed on loopback, open on the guest's address (case 4)",
    { mode: "mirrored", facts: { inside: LOOPBACK_CLOSED } },
    "answer",
    "ok",
    /not on 127\.0\.0\.1/,
  ],
  [
    "closed on the guest's address",
    { facts: { inside: [{ address: "127.0.0.1", isOpen: true }, { address: GUEST, isOpen: false }] } },
    "answer",
    "failed",
    /takes no connection/,
  ],
  ["curl.exe is missing", { windows: { toItself: { error: "no curl" } } }, "lan", "note", /was not tried/],
  [
    "the profile cannot be read (walk 7)",
    { windows: { profiles: { error: "x" } } },
    "network",
    "unknown",
    /x/,
  ],
  ["the policy cannot be read", { windows: { policy: { error: "x" } } }, "firewall", "unknown", /x/],
  ["the rules cannot be read", { windows: { rules: { error: "x" } } }, "rule", "unknown", /x/],
  ["nothing held can be read", { windows: { held: { error: "x" } } }, "entry", "unknown", /x/],
  ["the networks cannot be read", { windows: { lans: { error: "x" } } }, "lan", "unknown", /x/],
  [
    "IP Helper runs without listening (case 16)",
    { windows: { listeners: { value: [] } } },
    "forwarding",
    "failed",
    /does not listen on port 3000/,
  ],
  [
    "Hyper-V does not follow Windows' rules (case 13)",
    {
      mode: "mirrored",
      windows: {
        hyperV: {
          value: { isLoopbackEnabled: true, mergesHostRules: false, letsInByDefault: false, isEnabled: true },
        },
      },
    },
    "hyper-v",
    "failed",
    /AllowHostPolicyMerge/,
  ],
  [
    "another firewall (case 14)",
    { windows: { otherFirewalls: { value: ["Some Suite"] } } },
    "other-firewall",
    "note",
    /Some Suite/,
  ],
  [
    "a Public network beside a Private one (case 5)",
    {
      windows: {
        lans: {
          value: [{ address: "192.168.1.5", ipv6: null, index: 12, profile: "private" }, {
            address: "10.0.0.7",
            ipv6: null,
            index: 13,
            profile: "public",
          }],
        },
        profiles: { value: ["private", "public"] },
      },
    },
    "network",
    "note",
    /holds in the private network, not in the public one/,
  ],
  [
    "Docker Desktop publishes the port (case 21)",
    {
      windows: {
        occupantName: "com.docker.backend.exe",
        held: {
          value: {
            ...FREE_HOST,
            entries: [],
            claims: [],
            isForwarderRunning: true,
            unfinished: [],
            taken: [taking("0.0.0.0", 3000, 20304)],
          },
        },
      },
    },
    "occupant",
    "failed",
    /^Docker Desktop publishes port 3000 on Windows already/,
  ],
];

for (const [name, changes, check, mark, says] of ROWS) {
  Deno.test(`explainPort: ${name}`, () => {
    const { findings, answers, endpoint } = explain(changes);
    const finding = findings.find((each) => each.check === check);
    same([finding?.mark, answers], [mark, mark !== "failed"], JSON.stringify(findings));
    match(finding!.text, says);
    if (mark === "failed") equal(findings.at(-1), finding, "nothing is said behind it");
    else same(findings.filter((each) => each.mark === "failed"), []);
    if (changes.windows?.lans === undefined) equal(endpoint, "192.168.1.5:3000");
  });
}

Deno.test("explainPort finds nothing amiss where nothing is", () => {
  for (const mode of ["nat", "mirrored"] as const) {
    const { findings, answers } = explain({ mode });
    same([findings.filter((each) => each.mark !== "ok"), answers], [[], true]);
  }
});

Deno.test("explainPort links to what Docker Desktop publishes, and does not tell to end it", () => {
  const [, changes] = ROWS.at(-1)!;
  match(explain(changes).findings.at(-1)!.remedy!, /^others reach it there: http:\/\/192\.168\.1\.5:3000$/);
});
