import { deepStrictEqual as equal, throws } from "node:assert/strict";
import { findPublished } from "../../../../src/linux/nat/find_published.ts";
import { parseNftRuleset } from "../../../../src/linux/nat/nft_rules.ts";
import { ARRIVAL } from "./samples.ts";

type Rule = readonly unknown[];

/** What `nft -j list ruleset` prints for chains of rules in one table; `pre` is where connections come in. */
function rulesetOf(
  table: string,
  chains: Readonly<Record<string, readonly Rule[]>>,
  ...more: readonly unknown[]
): string {
  const at = { family: "ip", table };
  return JSON.stringify({
    nftables: [
      { metainfo: { json_schema_version: 1 } },
      { table: { family: "ip", name: table } },
      ...more,
      ...Object.keys(chains).map((name) => ({
        chain: {
          ...at,
          name,
          ...name === "pre" && { type: "nat", hook: "prerouting", prio: -100, policy: "accept" },
        },
      })),
      ...Object.entries(chains).flatMap(([chain, rules]) =>
        rules.map((expr) => ({ rule: { ...at, chain, expr } }))
      ),
    ],
  });
}

function find(text: string): string[] {
  return findPublished(parseNftRuleset(text), ARRIVAL).map(({ protocol, port, to, kind, name }) =>
    `${protocol} ${port} -> ${to} ${kind}${name === null ? "" : ` ${name}`}`
  );
}

const dport = (protocol: string) => ({ payload: { protocol, field: "dport" } });
const match = (left: unknown, right: unknown, op = "==") => ({ match: { op, left, right } });
const DAEMON_TO = { dnat: { addr: "10.0.0.2", port: 80 } };

Deno.test("parseNftRuleset reads ports, sets, ranges and conditions", () => {
  const rows: readonly (readonly [Rule, readonly string[]])[] = [
    [[match(dport("tcp"), 8080), DAEMON_TO], ["tcp 8080 -> 10.0.0.2:80 dnat"]],
    [[match(dport("tcp"), { set: [81, 443] }), { redirect: { port: 3000 } }], [
      "tcp 81 -> :3000 dnat",
      "tcp 443 -> :3000 dnat",
    ]],
    [[match({ meta: { key: "l4proto" } }, "udp"), match(dport("th"), { range: [53, 54] }), {
      dnat: { addr: "10.0.0.2" },
    }], ["udp 53 -> 10.0.0.2:53 dnat", "udp 54 -> 10.0.0.2:54 dnat"]],
    [[
      match({ meta: { key: "iifname" } }, "docker0", "!="),
      match({ fib: { result: "type", flags: ["daddr"] } }, "local"),
      match({ ct: { key: "state" } }, ["new"], "in"),
      match(dport("tcp"), 90),
      { counter: { packets: 0, bytes: 0 } },
      DAEMON_TO,
    ], ["tcp 90 -> 10.0.0.2:80 dnat"]],
    [[
      match({ payload: { protocol: "ip", field: "daddr" } }, { prefix: { addr: "172.23.16.0", len: 20 } }),
      match(dport("tcp"), 90),
      DAEMON_TO,
    ], [
      "tcp 90 -> 10.0.0.2:80 dnat",
    ]],
    [[
      match({ payload: { protocol: "ip", field: "daddr" } }, "127.0.0.1"),
      match(dport("tcp"), 90),
      DAEMON_TO,
    ], []],
    [[match({ meta: { key: "mark" } }, 1), match(dport("tcp"), 90), DAEMON_TO], []],
    [[match(dport("tcp"), 90), { xt: { type: "target", name: "DNAT" } }], []],
    [[match(dport("tcp"), 90), { dnat: { addr: "fd00::2" } }], []],
    [[DAEMON_TO], []],
  ];
  for (const [rule, expected] of rows) {
    equal(find(rulesetOf("mine", { pre: [rule] })), expected, JSON.stringify(rule));
  }
});

Deno.test("parseNftRuleset looks ports up in maps", () => {
  const data = { set: [[81, "10.0.0.9"], [82, { concat: ["10.0.0.9", 90] }]] };
  const rule = [{ dnat: { addr: { map: { key: dport("tcp"), data } } } }];
  equal(find(rulesetOf("mine", { pre: [rule] })), [
    "tcp 81 -> 10.0.0.9:81 dnat",
    "tcp 82 -> 10.0.0.9:90 dnat",
  ]);
});

Deno.test("parseNftRuleset follows kube-proxy's maps of verdicts to a NodePort (assumed, after its source)", () => {
  const key = { concat: [{ meta: { key: "l4proto" } }, dport("th")] };
  const external = "external-ULMVA6XW-default/web/tcp/http",
    service = "service-ULMVA6XW-default/web/tcp/http";
  const elements = [[{ concat: ["tcp", 30080] }, { goto: { target: external } }]];
  const map = {
    map: { family: "ip", name: "service-nodeports", table: "kube-proxy", map: "verdict", elem: elements },
  };
  const local = match({ payload: { protocol: "ip", field: "daddr" } }, "@nodeport-ips");
  const set = { set: { family: "ip", name: "nodeport-ips", table: "kube-proxy", elem: ["172.23.21.232"] } };
  const text = rulesetOf(
    "kube-proxy",
    {
      pre: [[{ jump: { target: "services" } }]],
      services: [[local, { vmap: { key, data: "@service-nodeports" } }]],
      [external]: [[{ jump: { target: "mark-for-masquerade" } }], [{ goto: { target: service } }]],
      "mark-for-masquerade": [[{ mangle: { key: { meta: { key: "mark" } }, value: 0x4000 } }]],
      [service]: [[{
        vmap: {
          key: { numgen: { mode: "random", mod: 2, offset: 0 } },
          data: { set: [[0, { goto: { target: "endpoint-a" } }], [1, { goto: { target: "endpoint-b" } }]] },
        },
      }]],
      "endpoint-a": [[match({ meta: { key: "l4proto" } }, "tcp"), {
        dnat: { addr: "10.42.0.5", port: 8080 },
      }]],
      "endpoint-b": [[match({ meta: { key: "l4proto" } }, "tcp"), {
        dnat: { addr: "10.42.0.6", port: 8080 },
      }]],
    },
    map,
    set,
  );
  equal(find(text), ["tcp 30080 -> 10.42.0.5:8080 nodeport default/web"]);
});

Deno.test("parseNftRuleset finds nothing in what it does not understand, and refuses what is no JSON", () => {
  equal(find("{}"), []);
  equal(find('{"nftables":[{"rule":null},{"chain":{"type":"nat","hook":"prerouting"}},{"map":7},5]}'), []);
  throws(() => parseNftRuleset("nft: no"), SyntaxError);
});
