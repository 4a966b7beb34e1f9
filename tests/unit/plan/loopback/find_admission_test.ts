import { deepStrictEqual as equal } from "node:assert/strict";
import { parseLoopback } from "../../../../src/config/loopback_values.ts";
import { desiredRules } from "../../../../src/plan/desired/desired_rules.ts";
import type { SeenListener } from "../../../../src/plan/desired/forward.ts";
import { NO_LOOPBACK } from "../../../../src/plan/loopback/loopback_policy.ts";
import { settleAdmissions, wantedAdmissions } from "../../../../src/plan/loopback/settle_admissions.ts";
import type { Policy } from "../../../../src/plan/desired/policy.ts";
import { FREE_HOST, GUEST, listening, policyOf, ports } from "../samples.ts";

/** A listener with a cookie: `cookie` is the last of its arguments. */
function local(text: string, cookie: bigint | null, name: string | null = "node"): SeenListener {
  return { ...listening(text, name), ...cookie === null ? {} : { cookie } };
}

function policy(words: readonly string[], changes: Partial<Policy> = {}): Policy {
  const choices = words.map((word) => {
    const parsed = parseLoopback(word);
    if ("expected" in parsed) throw new Error(parsed.expected);
    return parsed.value;
  });
  return policyOf({ loopback: { ...NO_LOOPBACK, choices }, ...changes });
}

/** What comes of it: `port=cookie` for what is to be opened, `port` for what is forwarded without, `port: reason`. */
function outcome(listeners: readonly SeenListener[], wanted: Policy): string[] {
  const { forwards, rejections } = desiredRules(listeners, wanted, GUEST, FREE_HOST);
  return [
    ...forwards.map(({ rules, admission }) =>
      `${rules[0]!.listen.port}${admission === undefined ? "" : `=${admission.cookie}`}`
    ),
    ...rejections.map(({ hostPort, reason }) => `${hostPort}: ${reason}`),
  ];
}

const CASES: readonly (readonly [string, SeenListener[], Policy, string[]])[] = [
  ["nobody asked", [local("127.0.0.1:5173", 7n)], policy([]), ["5173: loopback"]],
  ["named", [local("127.0.0.1:5173", 7n)], policy(["5173"]), ["5173=7"]],
  ["mapped address", [local("[::ffff:127.0.0.1]:5173", 7n)], policy(["5173"]), ["5173=7"]],
  ["::1", [local("[::1]:5173!", 7n)], policy(["5173"]), ["5173: loopback"]],
  ["127.0.0.2", [local("127.0.0.2:5173", 7n)], policy(["5173"]), ["5173: loopback"]],
  ["both", [local("[::1]:5173!", 8n), local("127.0.0.1:5173", 7n)], policy(["5173"]), ["5173=7"]],
  [
    "0.0.0.0 as well",
    [local("127.0.0.1:5173", 7n), local("0.0.0.0:5173", 8n)],
    policy(["5173"]),
    ["5173"],
  ],
  [
    "the guest's address as well",
    [local("127.0.0.1:5173", 7n), local(`${GUEST}:5173`, 8n)],
    policy(["5173"]),
    ["5173"],
  ],
  [
    "another address as well",
    [local("127.0.0.1:5173", 7n), local("172.17.0.1:5173", 8n)],
    policy(["5173"]),
    ["5173=7"],
  ],
  [
    "a group",
    [local("127.0.0.1:5173", 7n), local("127.0.0.1:5173", 8n)],
    policy(["node:5173"]),
    ["5173=7"],
  ],
  [
    "a group with a stranger in it",
    [local("127.0.0.1:5173", 7n), local("127.0.0.1:5173", 8n, "python3")],
    policy(["node:5173"]),
    ["5173: loopback"],
  ],
  ["no cookie", [local("127.0.0.1:5173", null)], policy(["5173"]), ["5173: loopback-closed"]],
  ["code", [local("127.0.0.1:9229", 7n)], policy(["9229"]), ["9229: loopback-code"]],
  ["held back", [local("127.0.0.1:6379", 7n)], policy(["6000-6400"]), ["6379: loopback-held"]],
  ["disallowed port", [local("127.0.0.1:5173", 7n)], policy(["5173"], { denyPorts: ports("5173") }), [
    "5173: port",
  ]],
  [
    "disallowed and allowed port",
    [local("127.0.0.1:5173", 7n)],
    policy(["5173"], { denyPorts: ports("5173"), allowPorts: ports("5173") }),
    ["5173: port"],
  ],
  [
    "disallowed program",
    [local("127.0.0.1:5173", 7n)],
    policy(["5173"], { denyPrograms: ["node"] }),
    ["5173: program"],
  ],
  [
    "a program that may be a disallowed one",
    [local("127.0.0.1:5173", 7n, null)],
    policy(["5173"], { denyPrograms: ["node"] }),
    ["5173: program"],
  ],
  ["unlisted", [local("127.0.0.1:5173", 7n)], policy(["5173"], { allowPorts: ports("80") }), [
    "5173: unlisted",
  ]],
  [
    "mapped port",
    [local("127.0.0.1:80", 7n)],
    policy(["80"], { portMaps: [{ hostPort: 8080, guestPort: 80 }] }),
    [
      "8080=7",
    ],
  ],
  ["opened by hand", [local("127.0.0.1:5173", 7n)], policy([], { byHand: new Map([[5173, "open"]]) }), [
    "5173=7",
  ]],
  [
    "held back, opened by hand",
    [local("127.0.0.1:6379", 7n)],
    policy([], { byHand: new Map([[6379, "open"]]) }),
    [
      "6379=7",
    ],
  ],
  ["code, opened by hand", [local("127.0.0.1:9229", 7n)], policy([], { byHand: new Map([[9229, "open"]]) }), [
    "9229: loopback-code",
  ]],
  ["::1, opened by hand", [local("[::1]:5173!", 7n)], policy([], { byHand: new Map([[5173, "open"]]) }), [
    "5173: loopback",
  ]],
  [
    "disallowed, opened by hand",
    [local("127.0.0.1:5173", 7n)],
    policy([], {
      denyPorts: ports("5173"),
      byHand: new Map([[5173, "open"]]),
    }),
    ["5173=7"],
  ],
  [
    "closed by hand",
    [local("127.0.0.1:5173", 7n)],
    policy(["5173"], { byHand: new Map([[5173, "closed"]]) }),
    [
      "5173: closed",
    ],
  ],
  ["fixed port", [local("127.0.0.1:80", 7n)], policy(["80"], { fixedPorts: ports("80") }), ["80=7"]],
  ["fixed port that nobody named", [local("127.0.0.1:80", 7n)], policy([], { fixedPorts: ports("80") }), [
    "80",
  ]],
];

for (const [name, listeners, wanted, expected] of CASES) {
  Deno.test(`desiredRules opens services on 127.0.0.1 as they were named: ${name}`, () => {
    equal(outcome(listeners, wanted), expected);
    equal(outcome(listeners.toReversed(), wanted), expected, "in any order");
  });
}

Deno.test("settleAdmissions leaves out what is not open, with a word where there is a reason", () => {
  const wanted = policy(["5173,5174,80"], { fixedPorts: ports("80") });
  const listeners = [5173, 5174, 80].map((port, i) => local(`127.0.0.1:${port}`, BigInt(i)));
  const desired = desiredRules([...listeners, local("0.0.0.0:3000", 9n)], wanted, GUEST, FREE_HOST);
  equal([...wantedAdmissions(desired.forwards)], [[80, 2n], [5173, 0n], [5174, 1n]]);
  const settle = (open: number[], refusal: string | null) => {
    const { forwards, rejections } = settleAdmissions(desired, new Set(open), refusal);
    return [
      forwards.map(({ rules, listener }) =>
        listener === null ? `${rules[0]!.listen.port} fixed` : rules[0]!.listen.port
      ),
      rejections.map(({ hostPort, reason, detail }) => `${hostPort}: ${reason} ${detail}`),
    ];
  };
  equal(settle([80, 5173, 5174], null), [[80, 3000, 5173, 5174], []]);
  equal(settle([80, 5174], null), [[80, 3000, 5174], []]);
  equal(settle([], "no root"), [["80 fixed", 3000], [
    "5173: loopback-closed no root",
    "5174: loopback-closed no root",
  ]]);
});
