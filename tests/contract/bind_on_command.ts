/**
 * Run by `bpftrace_bind_test.ts`: watches binds by bpftrace. Prints `ready`; for each line of stdin, an address, binds a UDP
 * socket there, waits until that is told, and prints `told`; for the line `count`, how often anything was told so far.
 */
import { createSocket } from "node:dgram";
import { BpftraceWake } from "../../src/linux/bpftrace/bpftrace_wake.ts";
import { readLines } from "../simulated/rpc.ts";

/** How long a bind may stay untold before this ends, in milliseconds. */
const PATIENCE_MS = 5000;

let count = 0;
let told = Promise.withResolvers<void>();
const wake = new BpftraceWake({
  onBind: () => {
    count++;
    told.resolve();
  },
});

await wake.start(() => {}, (reason) => {
  throw reason;
});
say("ready");
for await (const line of readLines(Deno.stdin.readable)) {
  if (line === "count") {
    say(`${count}`);
    continue;
  }
  told = Promise.withResolvers();
  const socket = createSocket(line.includes(":") ? "udp6" : "udp4");
  socket.bind(0, line);
  const late = setTimeout(() => told.reject(new Error(`Nothing told of ${line}`)), PATIENCE_MS);
  await told.promise;
  clearTimeout(late);
  socket.close();
  say("told");
}
await wake.stop();

function say(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}
