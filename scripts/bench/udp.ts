/**
 * The helper on Windows: UDP through it (under Mono, on one core) beside socat and a relay in Deno, and ports that it opens beside
 * netsh: `deno run -A scripts/bench/udp.ts [--quick]`, as root. Prints what `deno task bench` has in its report.
 */
// deno-lint-ignore-file no-console -- a script speaks to whoever runs it
import { setUp } from "../setup.ts";
import { renderTable } from "./render_table.ts";
import { helperTargets, measureHelper, renderHelper } from "./udp/report_udp.ts";

await setUp("bench");
const results = await measureHelper(Deno.args.includes("--quick"));
const targets = helperTargets(results).map((
  { what, limit, found, isReached },
) => [isReached ? "✓" : "✗", what, limit, found]);
console.log(`${renderTable(["", "what", "target", "found"], targets)}\n\n${renderHelper(results)}`);
