import type { Listener, Program } from "../../../src/net/listener.ts";
import { endpointAt } from "../../../src/net/endpoint.ts";
import type { Rule } from "../../../src/plan/rules/rule.ts";
import type { View } from "../../../src/view/view.ts";

/** Noon of a day, local time, so that a clock shows the same everywhere. */
export const NOON_MS = new Date(2026, 0, 2, 12, 0, 0).getTime();

/** A rule to the usual guest. */
export function rule(listenPort: number, connectPort: number = listenPort): Rule {
  const to = endpointAt("tcp", "172.23.21.232", connectPort);
  return { listen: endpointAt("tcp", "0.0.0.0", listenPort), target: { kind: "proxy", to } };
}

/** The same by IPv6. */
export function rule6(listenPort: number, connectPort: number = listenPort): Rule {
  return { ...rule(listenPort, connectPort), listen: endpointAt("tcp", "::", listenPort) };
}

/** Whose `~` it is in the samples. */
export const HOME = "/home/ann";

/** A listener on all addresses, or on that one. */
export function listener(port: number, address = "0.0.0.0"): Listener {
  return { ...endpointAt("tcp", address, port), inode: 4711, uid: 1000, v6only: false };
}

/** A program that has no other names. */
export function program(name: string, pid: number | null): Program {
  return { name, pid, aliases: [] };
}

/** A little of everything: wide and hostile names, a fixed port, rejections with and without detail. */
export const VIEW: View = {
  engine: "bpftrace",
  mode: "auto",
  listenAddress: "0.0.0.0",
  lanAddress: "192.168.1.20",
  lanName: null,
  lanIpv6: null,
  blockedBy: null,
  asked: null,
  endingSinceMs: null,
  keepsRules: false,
  notices: [{ level: "warning", text: "this network is Public: the rules do not apply there", count: 1 }],
  forwards: [
    {
      program: "node",
      pid: 1234,
      rule: rule(3000),
      beside: [],
      missing: [],
      lanAddress: "192.168.1.20",
      lanIpv6: null,
      folder: "/home/ann/shop/api",
      state: "reachable",
      sinceMs: NOON_MS - 60_000,
      isLoopback: false,
      note: "",
    },
    {
      program: "服务器程序名",
      pid: 77,
      rule: rule(8080, 80),
      beside: [],
      missing: [],
      lanAddress: "192.168.1.20",
      lanIpv6: null,
      folder: "/srv/网站",
      state: "reachable",
      sinceMs: NOON_MS - 7 * 86_400_000,
      isLoopback: false,
      note: "",
    },
    {
      program: "e\x1b[31mvil\u202e",
      pid: null,
      rule: rule(65535),
      beside: [],
      missing: [],
      lanAddress: "192.168.1.20",
      lanIpv6: null,
      folder: "/tmp/e\x1b[2Jvil",
      state: "reachable",
      sinceMs: NOON_MS,
      isLoopback: false,
      note: "",
    },
    {
      program: null,
      pid: null,
      rule: rule(443),
      beside: [],
      missing: [],
      lanAddress: "192.168.1.20",
      lanIpv6: null,
      folder: null,
      state: "reachable",
      sinceMs: NOON_MS,
      isLoopback: false,
      note: "fixed port",
    },
  ],
  rejections: [
    {
      protocol: "tcp",
      hostPort: 5432,
      listener: listener(5432, "127.0.0.1"),
      program: program("postgres", 88),
      reason: "loopback",
      detail: "",
    },
    {
      protocol: "tcp",
      hostPort: 80,
      listener: null,
      program: null,
      reason: "foreign-entry",
      detail: "*:80 -> \x1b[2Jhost:80",
    },
    { protocol: "tcp", hostPort: 22, listener: listener(22), program: null, reason: "program", detail: "" },
  ],
};
