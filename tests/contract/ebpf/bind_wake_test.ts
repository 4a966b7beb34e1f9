import { equal } from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { BindWake } from "../../../src/linux/ebpf/bind/bind_wake.ts";
import { WakeSourceError } from "../../../src/contracts/wake.ts";
import { lacks } from "../needs.ts";

/** Runs BindWake for a while; `next` resolves with the next wake from when it was called. Null where this kernel cannot. */
async function watch(use: (next: () => Promise<void>, count: () => number) => Promise<void>): Promise<void> {
  const wake = new BindWake();
  let count = 0, tell = () => {};
  try {
    await wake.start(() => {
      count++;
      tell();
    }, () => {});
  } catch (error) {
    if (!(error instanceof WakeSourceError)) throw error;
    Deno.stderr.writeSync(new TextEncoder().encode(`Skipped: ${error.message}\n`));
    return;
  }
  try {
    await use(() => new Promise((resolve) => tell = resolve), () => count);
  } finally {
    await wake.stop();
  }
}

async function bind(address: string): Promise<Socket> {
  const socket = createSocket(address.includes(":") ? "udp6" : "udp4");
  socket.bind(0, address);
  await once(socket, "listening");
  return socket;
}

Deno.test("BindWake tells of the bind and of the close of UDP sockets, both families", {
  ignore: lacks("root"),
}, async () => {
  await watch(async (next) => {
    for (const address of ["0.0.0.0", "::"]) {
      const bound = next();
      const socket = await bind(address);
      await bound;
      const closed = next();
      socket.close();
      await closed;
    }
  });
});

Deno.test(
  "BindWake lets every bind go on, and attaches anew after a stop",
  { ignore: lacks("root") },
  async () => {
    for (let i = 0; i < 3; i++) {
      await watch(async () => {
        const sockets = await Promise.all(Array.from({ length: 100 }, () => bind("127.0.0.1")));
        equal(new Set(sockets.map((socket) => socket.address().port)).size, 100);
        Deno.listen({ port: 0 }).close();
        sockets.forEach((socket) => socket.close());
      });
    }
  },
);

Deno.test("BindWake can be stopped before it was started, and twice", async () => {
  const wake = new BindWake();
  await wake.stop();
  await wake.stop();
});
