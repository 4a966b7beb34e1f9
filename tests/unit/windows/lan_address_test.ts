import { deepStrictEqual as same, throws } from "node:assert/strict";
import { type Adapter, parseAdapters } from "../../../src/windows/network/adapters.ts";
import { chooseLans, parseLanAddress } from "../../../src/windows/network/lan_address.ts";
import { parseRoutes } from "../../../src/windows/network/routes.ts";
import { OutputSyntaxError } from "../../../src/windows/run/syntax_error.ts";
import { forAll } from "../random.ts";

const LOOPBACK = "127.0.0.0 255.0.0.0 On-link 127.0.0.1 331";
const SUBNET = "192.168.1.0 255.255.255.0 On-link 192.168.1.5 281";
const WSL = "172.23.16.0 255.255.240.0 On-link 172.23.16.1 5256";

/** A default route, as route.exe prints it. */
function exit(address: string, metric: number, gateway = address.replace(/\d+$/, "254")): string {
  return `0.0.0.0 0.0.0.0 ${gateway} ${address} ${metric}`;
}

function adapter(
  address: string,
  kind: "card" | "switch" | "other",
  profile: Adapter["profile"] = null,
): Adapter {
  return {
    index: Number(address.split(".").at(-1)),
    isPhysical: kind === "card",
    isSwitch: kind === "switch",
    addresses: [address],
    ipv6: null,
    profile,
  };
}

Deno.test("chooseLans takes the network that the LAN is on, the best first", () => {
  const wifi = adapter("192.168.1.5", "card"), ethernet = adapter("10.0.0.7", "card");
  const vpn = adapter("10.8.0.6", "other"), wsl = adapter("172.23.16.1", "switch");
  const rows: readonly [string, readonly string[], readonly Adapter[] | null, readonly string[]][] = [
    ["one default route", [exit("192.168.1.5", 35), WSL], null, ["192.168.1.5"]],
    ["none at all", [LOOPBACK], null, []],
    ["the virtual switch alone", [LOOPBACK, WSL], null, ["172.23.16.1"]],
    ["a VPN with the lower metric", [exit("10.8.0.6", 5), exit("192.168.1.5", 35)], [wifi, vpn, wsl], [
      "192.168.1.5",
    ]],
    ["the same, by the ways alone", [exit("10.8.0.6", 5), exit("192.168.1.5", 35)], null, ["192.168.1.5"]],
    [
      "a VPN in 192.168 over a LAN in 10, told by the way to its server",
      [exit("192.168.77.2", 5), exit("10.0.0.7", 35), "203.0.113.9 255.255.255.255 10.0.0.254 10.0.0.7 36"],
      null,
      ["10.0.0.7"],
    ],
    ["an On-link default", ["0.0.0.0 0.0.0.0 Auf Verbindung 10.8.0.6 0", exit("192.168.1.5", 35)], null, [
      "192.168.1.5",
    ]],
    ["an On-link default alone", ["0.0.0.0 0.0.0.0 On-link 10.8.0.6 0"], null, ["10.8.0.6"]],
    ["a VPN, and a cable without a gateway", [exit("10.8.0.6", 5), SUBNET, WSL], [wifi, vpn, wsl], [
      "192.168.1.5",
    ]],
    ["a cable without a gateway", [SUBNET, WSL, LOOPBACK], null, ["192.168.1.5"]],
    ["the same, where the cards are known", [WSL, SUBNET], [wsl, wifi], ["192.168.1.5"]],
    ["two LANs", [exit("192.168.1.5", 35), exit("10.0.0.7", 25)], [wifi, ethernet], [
      "10.0.0.7",
      "192.168.1.5",
    ]],
    [
      "an external switch of Hyper-V",
      [exit("192.168.1.5", 25), WSL],
      [adapter("192.168.1.5", "switch"), wsl],
      ["192.168.1.5"],
    ],
    ["an address that nobody gave", [exit("169.254.7.7", 1), exit("192.168.1.5", 35)], null, ["192.168.1.5"]],
    [
      "a persistent route",
      [exit("192.168.1.5", 35), "0.0.0.0 0.0.0.0 192.168.9.254 Default"],
      null,
      ["192.168.1.5"],
    ],
    ["a public address", ["198.51.100.0 255.255.255.0 On-link 198.51.100.7 281", LOOPBACK], null, []],
  ];
  for (const [name, routes, adapters, expected] of rows) {
    for (const order of [routes, routes.toReversed()]) {
      const output = [LOOPBACK, ...order].map((row) => `     ${row}\r\n`).join("");
      const found = chooseLans(parseRoutes(output), adapters).map(({ address }) => address);
      same(found, expected, name);
      if (adapters === null) same(parseLanAddress(output), expected[0] ?? null, name);
    }
  }
});

Deno.test("chooseLans tells what Windows takes each network for", () => {
  const routes = parseRoutes([exit("192.168.1.5", 35), exit("10.0.0.7", 25)].join("\r\n"));
  const adapters = [adapter("192.168.1.5", "card", "public"), adapter("10.0.0.7", "card", "private")];
  same(chooseLans(routes, adapters), [
    { address: "10.0.0.7", ipv6: null, index: 7, profile: "private" },
    { address: "192.168.1.5", ipv6: null, index: 5, profile: "public" },
  ]);
});

Deno.test("parseAdapters reads the three tables, whichever of them is empty", () => {
  const tables = [
    ['"InterfaceIndex","NetworkCategory"', '"12","Private"', '"99","Nonsense"'],
    [
      '"InterfaceIndex","IPAddress"',
      '"12","192.168.1.5"',
      '"12","192.168.1.6"',
      '"12","fd00::5","Preferred","Link"',
      '"1","127.0.0.1"',
      '"x","1.2.3.4"',
    ],
    [
      '"InterfaceIndex","HardwareInterface","InterfaceAlias"',
      '"12","True","Wi-Fi ""fast"", 5 GHz"',
      '"1","False","vEthernet (x)"',
    ],
  ];
  const print = (chosen: readonly (readonly string[])[]) =>
    chosen.flat().map((line) => `${line}\r\n`).join("");
  same(parseAdapters(print(tables)), [
    {
      index: 12,
      isPhysical: true,
      isSwitch: false,
      addresses: ["192.168.1.5", "192.168.1.6"],
      ipv6: "fd00::5",
      profile: "private",
    },
    { index: 1, isPhysical: false, isSwitch: true, addresses: ["127.0.0.1"], ipv6: null, profile: null },
  ]);
  same(parseAdapters(print(tables.slice(1)))[0]!.profile, null);
  same(parseAdapters(print(tables.slice(0, 2)))[0]!.isPhysical, false);
  for (const output of ["", "\r\n", "Get-NetIPAddress : Access denied\r\n", print(tables.slice(2))]) {
    throws(() => parseAdapters(output), OutputSyntaxError, output);
  }
});

Deno.test("parseRoutes and parseAdapters read what was damaged as something or not at all", () => {
  const samples = [
    [LOOPBACK, SUBNET, exit("192.168.1.5", 35)].join("\r\n"),
    '"InterfaceIndex","IPAddress"\r\n"12","1.2.3.4"\r\n',
  ];
  forAll(3000, (random) => {
    let output = random.pick(samples);
    for (let i = random.int(1, 5); i > 0; i--) {
      const at = random.int(0, output.length);
      output = output.slice(0, at) + random.pick(["", "\r\n", " ", '"', ",", "0", "\xff"]) +
        output.slice(at + random.int(0, 9));
    }
    for (const parse of [(text: string) => chooseLans(parseRoutes(text), null), parseAdapters]) {
      try {
        parse(output);
      } catch (error) {
        if (!(error instanceof OutputSyntaxError)) throw error;
      }
    }
  });
});
