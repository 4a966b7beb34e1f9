import { deepStrictEqual as equal } from "node:assert/strict";
import { lacks } from "./needs.ts";
import { besideTests } from "./socket_process.ts";

/** Runs `watch_address.ts` in a network namespace of its own, through a script of `ip` commands. */
async function watch(script: readonly string[]): Promise<unknown> {
  const { stdout, success } = await new Deno.Command("unshare", {
    args: ["--net", Deno.execPath(), "run", "-A", besideTests("watch_address.ts"), ...script],
    stderr: "inherit",
  }).output();
  if (!success) throw new Error("watch_address.ts failed");
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("AddressWake wakes for each change, and RouteAddress tells the address after it", {
  ignore: lacks("root"),
}, async () => {
  const seen = await watch([
    "link add eth0 type veth peer name windows0",
    "link set windows0 up",
    "link set eth0 up",
    "addr add 172.23.21.232/20 dev eth0",
    "route add default via 172.23.16.1",
    "addr add 172.23.21.9/20 dev eth0",
    "addr del 172.23.21.232/20 dev eth0",
    "addr add 172.23.30.30/20 dev eth0",
    "route add default via 172.23.16.1",
  ]);
  equal(seen, [null, null, null, null, "172.23.21.232", "172.23.21.232", null, null, "172.23.30.30"]);
});
