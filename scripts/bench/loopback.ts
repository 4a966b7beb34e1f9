/**
 * Services on 127.0.0.1: opened by wslfwd, beside DNAT and a relay: `deno run -A scripts/bench/loopback.ts [--quick]`, as root.
 * Prints what `deno task bench` has in its report.
 */
// deno-lint-ignore-file no-console -- a script speaks to whoever runs it
import { setUp } from "../setup.ts";
import { loopbackTargets, measureLoopback, renderLoopback } from "./loopback/report_loopback.ts";
import { renderTable } from "./render_table.ts";

await setUp("bench");
const results = await measureLoopback(Deno.args.includes("--quick"));
const targets = loopbackTargets(results).map((
  { what, limit, found, isReached },
) => [isReached ? "✓" : "✗", what, limit, found]);
console.log(`${renderTable(["", "what", "target", "found"], targets)}\n\n${renderLoopback(results)}`);
