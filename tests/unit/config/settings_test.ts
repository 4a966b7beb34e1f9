import { deepStrictEqual as equal } from "node:assert/strict";
import { type Choices, type Flags, mergeSettings, type Settings } from "../../../src/config/settings.ts";
import { PortSet } from "../../../src/net/port_set.ts";
import { DEFAULT_POLICY } from "../../../src/plan/desired/policy.ts";

const ports = (text: string) => PortSet.parse(text)!;
const HELD = "172.23.21.232";

function merge(flags: Flags, config: Choices = {}, isRoot = false): Settings {
  return mergeSettings(flags, config, {
    ephemeralPorts: ports("32768-60999"),
    holdsAddress: (address) => address === HELD,
    isRoot,
  });
}

Deno.test("mergeSettings gives the defaults where nothing is said", () => {
  equal(merge({}), {
    policy: DEFAULT_POLICY,
    requested: null,
    isOnly: false,
    mode: "auto",
    intervalMs: 500,
    lingerMs: 1000,
    realtime: { wanted: false, isAsked: false, choice: "auto" },
    udp: false,
    published: ["container", "nodeport", "hostport", "dnat"],
    helper: "udp",
    wslIp: null,
    page: null,
    ignoreException: false,
    cleanup: true,
    json: false,
    dryRun: false,
    yes: false,
    warnings: [],
  });
});

Deno.test("mergeSettings takes a fixed UDP port for the wish to have UDP", () => {
  const fixedUdpPorts = ports("53");
  equal([merge({ fixedUdpPorts }).udp, merge({}, { fixedUdpPorts }).udp, merge({}).udp], [true, true, false]);
  equal(merge({ fixedUdpPorts }, { fixedUdpPorts: ports("54") }).policy.fixedUdpPorts, ports("53-54"));
});

Deno.test("mergeSettings lets options win", () => {
  const config: Choices = {
    mode: "manual",
    intervalMs: 1,
    lingerMs: 1,
    windowsIps: ["1.1.1.1"],
    profiles: "any",
    remoteIps: ["any"],
    ignoreException: true,
    noCleanup: true,
  };
  const said = merge({}, config);
  equal([said.mode, said.intervalMs, said.lingerMs, said.ignoreException, said.cleanup], [
    "manual",
    1,
    1,
    true,
    false,
  ]);
  equal(said.policy.scope, { profiles: "any", remoteIps: ["any"] });
  const flags: Flags = {
    mode: "auto",
    intervalMs: 2,
    lingerMs: 0,
    windowsIps: ["2.2.2.2"],
    profiles: ["domain"],
    remoteIps: ["localsubnet"],
  };
  const merged = merge(flags, config);
  equal([merged.mode, merged.intervalMs, merged.lingerMs], ["auto", 2, 0]);
  equal(merged.policy.listenAddresses, ["2.2.2.2"]);
  equal(merged.policy.scope, { profiles: ["domain"], remoteIps: ["localsubnet"] });
});

Deno.test("mergeSettings adds lists of options to those of the config, each word once", () => {
  const { policy } = merge({
    allowPrograms: ["b", "c"],
    denyPrograms: ["x"],
    allowPorts: { ports: ports("81"), ephemeral: false },
    denyPorts: { ports: PortSet.EMPTY, ephemeral: true },
    fixedPorts: ports("2"),
    portMaps: [{ hostPort: 80, guestPort: 3000 }],
  }, {
    allowPrograms: ["a", "b"],
    allowPorts: { ports: ports("80"), ephemeral: false },
    denyPorts: { ports: ports("22"), ephemeral: false },
    fixedPorts: ports("1"),
    portMaps: [{ hostPort: 80, guestPort: 8000 }, { hostPort: 81, guestPort: 8001 }],
  });
  equal(policy.allowPrograms, ["a", "b", "c"]);
  equal(policy.denyPrograms, ["x"]);
  equal(policy.allowPorts, ports("80-81"));
  equal(policy.denyPorts, ports("22,32768-60999"));
  equal(policy.fixedPorts, ports("1-2"));
  equal(policy.portMaps, [{ hostPort: 80, guestPort: 3000 }, { hostPort: 81, guestPort: 8001 }]);
});

Deno.test("mergeSettings lets in only the ports that are named, whatever the lists of the config say", () => {
  const config: Choices = { allowPrograms: ["a"], denyPorts: { ports: ports("1-9000"), ephemeral: false } };
  const only = { ports: ports("3000"), maps: [{ hostPort: 8080, guestPort: 3000 }] };
  const said = merge({ only, fixedPorts: ports("443") }, {
    ...config,
    profiles: "any",
    fixedPorts: ports("1"),
  });
  equal([said.isOnly, said.requested], [true, ports("443,3000,8080")]);
  equal(said.policy, {
    ...DEFAULT_POLICY,
    scope: { profiles: "any", remoteIps: ["localsubnet"] },
    allowPorts: ports("3000"),
    fixedPorts: ports("443"),
    portMaps: [{ hostPort: 8080, guestPort: 3000 }, { hostPort: 3000, guestPort: 3000 }],
    loopback: {
      choices: [{ program: null, ports: ports("3000"), ranges: PortSet.EMPTY }],
      codePorts: PortSet.EMPTY,
      ephemeralPorts: ports("32768-60999"),
    },
  });
  equal(merge({}, { only }).isOnly, true);
  equal(merge({ fixedPorts: ports("1"), portMaps: [{ hostPort: 2, guestPort: 3 }] }).requested, ports("1-2"));
});

Deno.test("mergeSettings adds services on 127.0.0.1 to those of the config, and warns of databases", () => {
  const choice = (text: string) => ({ program: null, ports: ports(text), ranges: PortSet.EMPTY });
  const { policy, warnings } = merge({ loopback: [choice("6379,5173")] }, {
    loopback: [choice("3000")],
    codePorts: ports("9229"),
  });
  equal(policy.loopback.choices, [choice("3000"), choice("6379,5173")]);
  equal(policy.loopback.codePorts, ports("9229"));
  equal(warnings, [
    "port 6379 is usually Redis, often without a password: opened on 127.0.0.1, it is open to your network and to " +
    "every user of Windows",
  ]);
});

Deno.test("mergeSettings follows a wsl_ip of the config only while this guest holds it", () => {
  equal(merge({}, { wslIp: HELD }).wslIp, HELD);
  const stale = merge({}, { wslIp: "172.17.110.111" });
  equal(stale.wslIp, null);
  equal(stale.warnings, [
    `the config file's "wsl_ip" 172.17.110.111 is not followed: this guest does not hold it; remove the key`,
  ]);
  equal(merge({ wslIp: HELD }, { wslIp: "172.17.110.111" }).warnings, []);
  equal(merge({ wslIp: "10.9.8.7" }).warnings, [
    "--wsl-ip 10.9.8.7: this guest does not hold that address, so nothing will answer there; without the option it is found",
  ]);
  equal(merge({ wslIp: "10.9.8.7" }).wslIp, "10.9.8.7");
  equal(merge({}, { wslIp: null }).warnings, []);
});

Deno.test("mergeSettings wants real time only in auto mode", () => {
  equal(merge({ realtime: "require" }).realtime, { wanted: true, isAsked: true, choice: "require" });
  equal(merge({}, { realtime: "builtin" }).realtime, { wanted: true, isAsked: true, choice: "builtin" });
  equal(merge({}, { realtime: false }).realtime, { wanted: false, isAsked: true, choice: "auto" });
  equal(merge({ mode: "manual" }, { realtime: "auto" }).realtime.wanted, false);
  equal(merge({ mode: "manual" }, { realtime: "auto" }).warnings, []);
  const ignored = merge({ realtime: "auto" }, { mode: "manual" });
  equal(ignored.realtime.wanted, false);
  equal(ignored.warnings, [
    `--realtime is not followed: the config file says "mode": "manual"; add --mode auto`,
  ]);
});

Deno.test("mergeSettings gives root real time without asking, unless polling was asked for", () => {
  equal(merge({}, {}, true).realtime, { wanted: true, isAsked: false, choice: "auto" });
  equal(merge({}, { intervalMs: 500 }, true).realtime.wanted, true);
  equal(merge({ intervalMs: 500 }, {}, true).realtime.wanted, false);
  equal(merge({ realtime: false }, { realtime: "auto" }, true).realtime.wanted, false);
  equal(merge({}, { realtime: false }, true).realtime.wanted, false);
  equal(merge({ mode: "manual" }, {}, true).realtime.wanted, false);
  equal(merge({ mode: "manual" }, {}, true).warnings, []);
});
