import { deepStrictEqual as equal } from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { BpftraceWake } from "../../src/linux/bpftrace/bpftrace_wake.ts";
import { readLines } from "../simulated/rpc.ts";
import { FakeProgram } from "./fake_program.ts";
import { lacks } from "./needs.ts";
import { besideTests } from "./socket_process.ts";

const ignore = lacks("root", "bpftrace");

Deno.test("BpftraceWake tells of UDP binds of its own network namespace alone", { ignore }, async () => {
  // Nobody else's binds are in a new one.
  const up = 'ip link set lo up && exec "$0" run -A --quiet --no-check "$1"';
  const child = new Deno.Command("unshare", {
    args: ["--net", "sh", "-c", up, Deno.execPath(), besideTests("bind_on_command.ts")],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const lines = readLines(child.stdout), writer = child.stdin.getWriter();
  const ask = async (what: string) => {
    await writer.write(new TextEncoder().encode(`${what}\n`));
    return (await lines.next()).value;
  };
  equal((await lines.next()).value, "ready");
  for (const address of ["0.0.0.0", "::", "127.0.0.1"]) equal(await ask(address), "told", address);
  const before = await ask("count");
  const elsewhere = createSocket("udp4");
  elsewhere.bind(0);
  await once(elsewhere, "listening");
  elsewhere.close();
  equal(await ask("count"), before);
  await writer.close();
  equal((await lines.next()).done, true);
  equal((await child.status).success, true);
});

Deno.test("BpftraceWake goes on without UDP where that is refused", async () => {
  await using program = await FakeProgram.make(
    `echo started >> "$0.log"; case "$5" in *sys_exit_bind*) exit 1;; *skc_net*) ;; *) exit 2;; esac; while echo H; do sleep 0.1; done`,
  );
  const source = new BpftraceWake({ path: program.path, onBind: () => {} });
  await source.start(() => {}, () => {});
  equal((await program.log()).length, 2);
  await source.stop();
});
