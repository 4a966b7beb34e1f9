import { deepStrictEqual as equal } from "node:assert/strict";
import { guessNetworkingMode, type Interface } from "../../../src/wsl/networking_mode.ts";

const card = (name: string, driver: string | null): Interface => ({ name, driver });

Deno.test("guessNetworkingMode goes by loopback0 and the driver of eth0 (read in WSL's source)", () => {
  const rows: readonly (readonly [string, readonly Interface[], ReturnType<typeof guessNetworkingMode>])[] = [
    ["nat", [card("lo", null), card("eth0", "hv_netvsc"), card("docker0", null)], "nat"],
    ["mirrored", [card("eth0", "hv_netvsc"), card("loopback0", "hv_netvsc")], "mirrored"],
    ["consomme or virtioproxy", [card("lo", null), card("eth0", "virtio_net")], "consomme"],
    ["another card", [card("eth0", "e1000e")], null],
    ["a card without a driver", [card("eth0", null)], null],
    ["another card of Hyper-V, no eth0", [card("eth1", "hv_netvsc")], null],
    ["none", [card("lo", null)], null],
  ];
  for (const [name, interfaces, mode] of rows) equal(guessNetworkingMode(interfaces), mode, name);
});
