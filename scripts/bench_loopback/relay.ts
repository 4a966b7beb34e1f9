// A relay as one would write it: what wslfwd never falls back to. Arguments: ADDRESS PORT TO-PORT...
const [address, ...ports] = Deno.args;
for (let i = 0; i < ports.length; i += 2) {
  const listener = Deno.listen({ hostname: address!, port: Number(ports[i]) });
  (async () => {
    for await (const outer of listener) relay(outer, Number(ports[i + 1])).catch(() => {});
  })();
}
Deno.stdout.writeSync(new TextEncoder().encode("ready\n"));

async function relay(outer: Deno.TcpConn, port: number): Promise<void> {
  const inner = await Deno.connect({ hostname: "127.0.0.1", port });
  outer.setNoDelay();
  inner.setNoDelay();
  await Promise.allSettled([outer.readable.pipeTo(inner.writable), inner.readable.pipeTo(outer.writable)]);
}
