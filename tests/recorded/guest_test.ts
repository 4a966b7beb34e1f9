/** What guests look like: addresses, drives and sockets as people copied them. */
import { deepStrictEqual as same, equal } from "node:assert/strict";
import { listBeside, selectGuestAddress } from "../../src/linux/netlink/guest_address.ts";
import type { DefaultRoute, InterfaceAddress } from "../../src/linux/netlink/rtnetlink.ts";
import { familyOf } from "../../src/net/address.ts";
import { isWslOwn, type Listener } from "../../src/net/listener.ts";
import { DEFAULT_POLICY } from "../../src/plan/desired/policy.ts";
import { judgePort } from "../../src/plan/desired/reachability.ts";
import { describeExposure } from "../../src/windows/network/exposure.ts";
import { chooseLans } from "../../src/windows/network/lan_address.ts";
import { findDriveMounts } from "../../src/wsl/mounts.ts";
import { readTranscript } from "./transcript.ts";

/** What rtnetlink would tell where `ip addr` and `ip route` print this. */
function readNetwork(name: string): { routes: DefaultRoute[]; addresses: InterfaceAddress[] } {
  const { lines } = readTranscript(name), addresses: InterfaceAddress[] = [], routes: DefaultRoute[] = [];
  for (const line of lines) {
    const held = /^\s*inet ([\d.]+)\/(\d+) .*scope (global|host) .*?(\S+)$/.exec(line);
    if (held !== null) {
      const [, address, bits, scope, interfaceName] = held;
      addresses.push({
        address: address!,
        prefixLength: Number(bits),
        isGlobal: scope === "global",
        isSecondary: false,
        interfaceName: interfaceName!,
      });
    }
    const route = /^default via ([\d.]+) dev (\S+) .*metric (\d+)/.exec(line);
    if (route !== null) {
      routes.push({ gateway: route[1]!, interfaceName: route[2]!, metric: Number(route[3]), source: null });
    }
  }
  return { routes, addresses };
}

/** A socket on an address, and what becomes of it where the guest has the addresses of Windows. */
function judgeMirrored(bound: string, address: string, beside: readonly string[]): string | null {
  const socket: Listener = {
    protocol: "tcp",
    family: familyOf(bound),
    address: bound,
    port: 3000,
    inode: 1,
    uid: 0,
    v6only: false,
  };
  const policy = { ...DEFAULT_POLICY, reach: "direct", beside } as const;
  return judgePort([{ ...socket, program: null }], policy, address).reason;
}

// Case 18: in mirrored mode a program on any of Windows' addresses counts; a bridge of containers does not.
Deno.test("ip-addr-mirrored-vpn-and-lan: the LAN's address is the guest's, and the VPN's beside it counts, too", () => {
  const network = readNetwork("ip-addr-mirrored-vpn-and-lan");
  const address = selectGuestAddress(network, () => null)!.address;
  equal(address, "172.24.21.109");
  const beside = listBeside(network.addresses, address);
  same(beside, ["10.61.2.254"]);
  equal(judgeMirrored("10.61.2.254", address, beside), null);
  equal(judgeMirrored("172.24.21.109", address, beside), null);
  equal(judgeMirrored("172.17.0.1", address, beside), "other-address");
  equal(judgeMirrored("10.61.2.254", address, []), "other-address", "in nat");
});

Deno.test("ip-addr-mirrored-dns-tunnel-lo: the resolver's address on lo is nobody's way in", () => {
  const { addresses } = readNetwork("ip-addr-mirrored-dns-tunnel-lo");
  same(listBeside(addresses, ""), ["192.168.1.102"]);
});

Deno.test("mirrored-host-cannot-reach-own-ip: its one address is found", () => {
  same(listBeside(readNetwork("mirrored-host-cannot-reach-own-ip").addresses, ""), ["192.168.1.121"]);
});

// Case 20: what WSL listens on for itself is not worth a word.
Deno.test("ss-wsl2-dns-tunnel-53: of three resolvers WSL's own is known", () => {
  const addresses = readTranscript("ss-wsl2-dns-tunnel-53").lines.map((line) =>
    line.split(/\s+/)[3]!.replace(/(%\w+)?:53$/, "")
  );
  same(addresses.filter((address) => isWslOwn({ address })), ["10.255.255.254"]);
});

// Case 23: virtiofs has no path=.
Deno.test("proc-mounts: the drive is found in both forms", () => {
  const find = (name: string) => findDriveMounts(readTranscript(name).lines.join("\n"), "C", () => null);
  same(find("proc-mounts-9p"), ["/c"]);
  same(find("proc-mounts-virtiofs-2026-02"), ["/mnt/c"]);
});

// Case 5: a virtual switch is Public beside a Private LAN.
Deno.test("netprofile-en-vethernet-public: a Public virtual switch is no alarm", () => {
  const blocks = readTranscript("netprofile-en-vethernet-public").lines.join("\n").split("\n\n");
  const adapters = blocks.map((block, i) => {
    const valueOf = (name: string) => new RegExp(`^${name}\\s*: (.*)$`, "m").exec(block)![1]!;
    return {
      index: Number(valueOf("InterfaceIndex")),
      isPhysical: !valueOf("InterfaceAlias").startsWith("vEthernet"),
      isSwitch: valueOf("InterfaceAlias").startsWith("vEthernet"),
      addresses: [`192.168.${i}.2`],
      ipv6: null,
      profile: valueOf("NetworkCategory") === "Public" ? "public" : "private",
    } as const;
  });
  const lans = chooseLans([
    { network: "0.0.0.0", mask: "0.0.0.0", gateway: "192.168.0.1", address: "192.168.0.2", metric: 25 },
    { network: "192.168.1.0", mask: "255.255.255.0", gateway: null, address: "192.168.1.2", metric: 25 },
  ], adapters);
  equal(describeExposure(lans, DEFAULT_POLICY.scope), null);
});
