import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { selectGuestAddress } from "../../../src/linux/netlink/guest_address.ts";
import type { DefaultRoute, InterfaceAddress } from "../../../src/linux/netlink/rtnetlink.ts";

function route(interfaceName: string, rest: Partial<DefaultRoute> = {}): DefaultRoute {
  return { interfaceName, metric: 0, source: null, gateway: null, ...rest };
}

function held(
  interfaceName: string,
  address: string,
  rest: Partial<InterfaceAddress> = {},
): InterfaceAddress {
  return { interfaceName, address, prefixLength: 20, isGlobal: true, isSecondary: false, ...rest };
}

const LO = held("lo", "127.0.0.1", { prefixLength: 8, isGlobal: false });
const DOCKER = held("docker0", "172.17.0.1", { prefixLength: 16 });
const CARD = held("eth0", "172.23.21.232");
const VPN = held("tun0", "10.8.0.2", { prefixLength: 24 });

interface Case {
  readonly name: string;
  readonly routes: readonly DefaultRoute[];
  readonly addresses: readonly InterfaceAddress[];
  /** Interfaces whose driver is hv_netvsc. */
  readonly shared: readonly string[];
  readonly expected:
    | { readonly address: string; readonly interfaceName: string; readonly isSure: boolean }
    | null;
}

const CASES: readonly Case[] = [
  {
    name: "plain WSL",
    routes: [route("eth0", { gateway: "172.23.16.1" })],
    addresses: [LO, CARD],
    shared: ["eth0"],
    expected: { address: "172.23.21.232", interfaceName: "eth0", isSure: true },
  },
  {
    name: "Docker's bridge comes first",
    routes: [route("eth0", { gateway: "172.23.16.1" })],
    addresses: [LO, DOCKER, CARD],
    shared: ["eth0"],
    expected: { address: "172.23.21.232", interfaceName: "eth0", isSure: true },
  },
  {
    name: "a VPN has a better default route",
    routes: [route("tun0"), route("eth0", { metric: 100, gateway: "172.23.16.1" })],
    addresses: [LO, VPN, CARD],
    shared: ["eth0"],
    expected: { address: "172.23.21.232", interfaceName: "eth0", isSure: true },
  },
  {
    name: "a VPN has the only default route",
    routes: [route("tun0")],
    addresses: [LO, VPN, CARD],
    shared: ["eth0"],
    expected: { address: "172.23.21.232", interfaceName: "eth0", isSure: false },
  },
  {
    name: "two shared cards: the lower metric",
    routes: [route("eth1", { metric: 200 }), route("eth0", { metric: 100 })],
    addresses: [LO, held("eth1", "192.168.7.2"), CARD],
    shared: ["eth0", "eth1"],
    expected: { address: "172.23.21.232", interfaceName: "eth0", isSure: true },
  },
  {
    name: "the route prescribes its source",
    routes: [route("eth0", { source: "172.23.21.9" })],
    addresses: [LO, CARD, held("eth0", "172.23.21.9", { isSecondary: true })],
    shared: ["eth0"],
    expected: { address: "172.23.21.9", interfaceName: "eth0", isSure: true },
  },
  {
    name: "of two networks on the card, the gateway's",
    routes: [route("eth0", { gateway: "172.23.16.1" })],
    addresses: [LO, held("eth0", "10.0.0.5"), CARD],
    shared: ["eth0"],
    expected: { address: "172.23.21.232", interfaceName: "eth0", isSure: true },
  },
  {
    name: "the card has a route, but no address yet",
    routes: [route("eth0")],
    addresses: [LO, held("eth0", "169.254.3.4", { isGlobal: false })],
    shared: ["eth0"],
    expected: null,
  },
  {
    name: "eth0 without a driver, as in a container",
    routes: [route("eth0")],
    addresses: [LO, DOCKER, CARD],
    shared: [],
    expected: { address: "172.23.21.232", interfaceName: "eth0", isSure: true },
  },
  {
    name: "the only interface under another name",
    routes: [route("enp0s3")],
    addresses: [LO, held("enp0s3", "10.0.2.15")],
    shared: [],
    expected: { address: "10.0.2.15", interfaceName: "enp0s3", isSure: true },
  },
  {
    name: "another name, beside other interfaces",
    routes: [route("enp0s3")],
    addresses: [LO, DOCKER, held("enp0s3", "10.0.2.15")],
    shared: [],
    expected: { address: "10.0.2.15", interfaceName: "enp0s3", isSure: false },
  },
  { name: "no route", routes: [], addresses: [LO, DOCKER], shared: [], expected: null },
  { name: "nothing", routes: [], addresses: [], shared: [], expected: null },
];

for (const { name, routes, addresses, shared, expected } of CASES) {
  Deno.test(`selectGuestAddress: ${name}`, () => {
    const found = selectGuestAddress(
      { routes, addresses },
      (interfaceName) => shared.includes(interfaceName) ? "hv_netvsc" : null,
    );
    if (expected === null || found === null) return equal(found, expected);
    const { address, interfaceName, warning } = found;
    equal({ address, interfaceName, isSure: warning === null }, expected);
    ok(warning === null || !warning.includes("\n"));
  });
}
