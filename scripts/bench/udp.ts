/**
 * UDP through wslfwd's helper (under Mono, on one core), beside socat and a relay in Deno: `deno run -A scripts/bench/udp.ts
 * [--quick]`, as root. Prints a table in Markdown.
 */
// deno-lint-ignore-file no-console -- a script speaks to whoever runs it
import { Network } from "../../tests/helper/network.ts";
import { measureRelay, type UdpSize } from "./udp/measure.ts";
import { RELAYS } from "./udp/relays.ts";

const FULL: UdpSize = {
  pings: 10_000,
  seconds: 2,
  rates: [5_000, 10_000, 15_000, 20_000, 30_000, 50_000, 60_000, 80_000],
};
const QUICK: UdpSize = { pings: 1000, seconds: 1, rates: [2000, 5000] };

const size = Deno.args.includes("--quick") ? QUICK : FULL;
console.log(
  "| relay | 64 B there and back, p50 / p99 | one way without loss | there and back without loss | 1,000 clients × 20: answered, wrong | RSS |",
);
console.log("| --- | --- | --- | --- | --- | --- |");
for (const kind of RELAYS) {
  await using network = await Network.open();
  const found = await measureRelay(kind, network, size);
  if (found === null) {
    console.log(`| ${kind.title} | not installed |`);
    continue;
  }
  const { ping, oneWay, echo, sessions, memoryMb } = found;
  const cells = [
    kind.title,
    `${ping.p50} / ${ping.p99} µs`,
    `${oneWay.toLocaleString("en")}/s`,
    `${echo.toLocaleString("en")}/s`,
    `${sessions.answered.toLocaleString("en")}, ${sessions.wrong}`,
    memoryMb === null ? "–" : `${memoryMb.toFixed(0)} MB`,
  ];
  console.log(`| ${cells.join(" | ")} |`);
}
