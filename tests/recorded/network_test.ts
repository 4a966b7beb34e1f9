import { endpointAt } from "../../src/net/endpoint.ts";
import { deepStrictEqual as same, equal } from "node:assert/strict";
import type { Adapter } from "../../src/windows/network/adapters.ts";
import { parseExcludedPorts } from "../../src/windows/network/excluded_ports.ts";
import { chooseLans, parseLanAddress } from "../../src/windows/network/lan_address.ts";
import { parseRoutes } from "../../src/windows/network/routes.ts";
import { parseServiceState } from "../../src/windows/network/service_state.ts";
import { parseWindowsListeners } from "../../src/windows/network/windows_listeners.ts";
import { decodeOutput } from "../../src/windows/run/output_text.ts";
import { parseWindowsUser } from "../../src/windows/session/windows_user.ts";
import { CODE_PAGES, encodeIn } from "./code_pages.ts";
import { printed, readTranscript } from "./transcript.ts";

const listener = (address: string, port: number, pid: number) => ({
  ...endpointAt("tcp", address, port),
  pid,
});

/** What each transcript says, in every code page. */
function inEachCodePage(name: string, check: (output: string) => void): void {
  const { lines, origin } = readTranscript(name);
  Deno.test(`${name} is read in every code page (${origin.slice(0, 60)}…)`, () => {
    for (const codePage of CODE_PAGES) check(decodeOutput(encodeIn(printed(lines), codePage)));
  });
}

inEachCodePage("netstat-de", (output) =>
  same(parseWindowsListeners(output), [
    listener("0.0.0.0", 135, 1084),
    listener("0.0.0.0", 445, 4),
  ]));

// Case 11: the state has two words.
inEachCodePage(
  "netstat-pt-PT",
  (output) => same(parseWindowsListeners(output), [listener("0.0.0.0", 5173, 4412)]),
);

inEachCodePage(
  "netstat-en-docker-and-wslrelay",
  (output) =>
    same(parseWindowsListeners(output), [
      listener("0.0.0.0", 49153, 20304),
      listener("::", 49153, 20304),
      listener("::1", 49153, 22920),
    ]),
);

inEachCodePage(
  "netstat-fr-wslhost-loopback",
  (output) =>
    same(parseWindowsListeners(output), [
      listener("127.0.0.1", 38080, 15452),
      listener("::1", 38080, 15452),
    ]),
);

for (const name of ["sc-query-en-iphlpsvc-30", "sc-query-es"]) {
  inEachCodePage(name, (output) => same(parseServiceState(output), { isRunning: true, pid: 4711 }));
}

inEachCodePage(
  "excludedportrange-en",
  (output) =>
    equal(parseExcludedPorts(output).toString(), "7895,50000-50059,53129-53228,55440-55539,64732-64831"),
);

inEachCodePage("whoami-groups-en-high-first", (output) => {
  const { sid, isElevated } = parseWindowsUser(output);
  equal(sid, "S-1-5-80-1111111111-2222222222-3333333333-4444444444-555555555");
  equal(isElevated, true);
});

// Case 7: the VPN's default routes have the lower metrics.
inEachCodePage("route-de-three-defaults-vpn", (output) => {
  equal(parseLanAddress(output), "192.168.1.23");
  const adapters: Adapter[] = ["10.8.0.6", "10.66.66.2", "192.168.1.23"].map((address, i) => ({
    index: i + 10,
    isPhysical: i === 2,
    isSwitch: false,
    addresses: [address],
    ipv6: null,
    profile: i === 2 ? "private" : "public",
  }));
  same(chooseLans(parseRoutes(output), adapters), [{
    address: "192.168.1.23",
    ipv6: null,
    index: 12,
    profile: "private",
  }]);
});

// Case 10: a cable straight to another machine.
inEachCodePage(
  "route-en-no-default-direct-cable",
  (output) => equal(parseLanAddress(output), "192.168.1.33"),
);
