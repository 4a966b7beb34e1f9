import { deepStrictEqual as equal } from "node:assert/strict";
import { watchUdp } from "../../../src/daemon/run/udp_watch.ts";
import type { Listener } from "../../../src/net/listener.ts";
import { FakeClock } from "../time/fake_clock.ts";

const SOCKET: Listener = {
  protocol: "udp",
  family: 4,
  address: "0.0.0.0",
  port: 5000,
  inode: 1,
  uid: 0,
  v6only: false,
};

Deno.test("watchUdp looks at once when bpftrace tells of a bind, and wakes only where it was one of UDP", async () => {
  let sockets: Listener[] = [], looks = 0, wakes = 0, isClosed = false;
  const watch = await watchUdp(
    {
      snapshot: () => {
        looks++;
        return sockets;
      },
      close: () => isClosed = true,
    },
    () => wakes++,
    new FakeClock(),
    "bpftrace",
  );
  watch.onBind?.();
  equal([looks, wakes], [1, 0], "TCP, or netlink");
  sockets = [SOCKET];
  watch.onBind?.();
  watch.onBind?.();
  equal([looks, wakes], [3, 1]);
  await watch.stop();
  equal(isClosed, true);
});
