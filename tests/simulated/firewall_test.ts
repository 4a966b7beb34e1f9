import assert from "node:assert/strict";
import { letsIn, parseLocalPorts, parseRemoteIp } from "./windows/firewall.ts";
import type { FirewallRule } from "./windows/model.ts";

const SUBNETS = [{ address: "192.168.50.1", prefixLength: 24 }];

const RULE: FirewallRule = {
  name: "r",
  direction: "in",
  action: "allow",
  protocol: "tcp",
  localPorts: [{ first: 3000, last: 3000 }],
  profiles: ["private", "domain"],
  remoteIps: ["localsubnet"],
  description: "",
  isEnabled: true,
};

Deno.test("letsIn lets in what a rule allows, and nothing else", () => {
  const cases: [string, Partial<FirewallRule>[], string, boolean][] = [
    ["no rule", [], "192.168.50.20", false],
    ["local subnet", [{}], "192.168.50.20", true],
    ["another subnet", [{}], "192.168.51.20", false],
    ["any", [{ remoteIps: ["any"] }], "10.9.9.9", true],
    ["address", [{ remoteIps: ["10.9.9.9"] }], "10.9.9.9", true],
    ["another address", [{ remoteIps: ["10.9.9.8"] }], "10.9.9.9", false],
    ["subnet", [{ remoteIps: ["10.9.0.0/16"] }], "10.9.9.9", true],
    ["subnet by mask", [{ remoteIps: ["10.9.0.0/255.255.0.0"] }], "10.8.9.9", false],
    ["range", [{ remoteIps: ["10.9.9.1-10.9.9.9"] }], "10.9.9.9", true],
    ["every port", [{ localPorts: [] }], "192.168.50.20", true],
    ["another port", [{ localPorts: [{ first: 80, last: 90 }] }], "192.168.50.20", false],
    ["public only", [{ profiles: ["public"] }], "192.168.50.20", false],
    ["disabled", [{ isEnabled: false }], "192.168.50.20", false],
    ["outbound", [{ direction: "out" }], "192.168.50.20", false],
    ["UDP", [{ protocol: "udp" }], "192.168.50.20", false],
    ["a block beside it", [{}, { action: "block", localPorts: [] }], "192.168.50.20", false],
  ];
  for (const [name, rules, peer, expected] of cases) {
    const all = rules.map((rule) => ({ ...RULE, ...rule }));
    assert.equal(letsIn(all, peer, 3000, "private", SUBNETS), expected, name);
  }
});

Deno.test("letsIn ignores rules for other profiles on a public network", () => {
  assert.equal(letsIn([RULE], "192.168.50.20", 3000, "public", SUBNETS), false);
});

Deno.test("parseRemoteIp and parseLocalPorts take what netsh documents", () => {
  for (
    const word of ["any", "LocalSubnet", "10.0.0.1", "10.0.0.0/8", "10.0.0.0/255.0.0.0", "10.0.0.1-10.0.0.9"]
  ) {
    assert.equal(parseRemoteIp(word), word.toLowerCase());
  }
  for (const word of ["", "10.0.0", "10.0.0.256", "10.0.0.0/33", "example.org", "10.0.0.1 ", "dns "]) {
    assert.equal(parseRemoteIp(word), null, word);
  }
  assert.deepEqual(parseLocalPorts("80,8000-8010"), [{ first: 80, last: 80 }, { first: 8000, last: 8010 }]);
  for (const text of ["", "x", "1-", "9-1", "70000", "80, 81"]) {
    assert.equal(parseLocalPorts(text), null, text);
  }
});
