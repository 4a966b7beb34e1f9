/**
 * Measures wslfwd in the simulated network, beside the loop of the predecessor, and writes docs/bench.md, docs/bench.svg and
 * the figures in README.md. usage: deno task bench [--quick] [--seed N] [--out FOLDER]
 *
 * --quick takes few samples, side by side, in a minute, and prints the report instead of writing it: it shows that the
 * bench works. --out writes to another folder than docs, and leaves README.md alone.
 */
import { messageOf, runCommand } from "../src/process/command.ts";
import { WINDOWS_LATENCY_MS } from "./bench/latency.ts";
import { runBench } from "./bench/run_bench.ts";
import { renderChart } from "./bench/chart.ts";
import { replaceBenchBlock } from "./bench/readme.ts";
import { renderReport, renderSummary } from "./bench/report.ts";
import type { Results } from "./bench/results.ts";
import { checkTargets } from "./bench/targets.ts";
import { setUp } from "./setup.ts";
import { ensureNamespaces } from "./user_namespace.ts";

const REPOSITORY = new URL("..", import.meta.url).pathname;

/** What the command line asks for. */
interface Wish {
  readonly isQuick: boolean;
  readonly seed: number;
  readonly folder: string | null;
}

function parseWish(args: readonly string[]): Wish {
  const valueOf = (name: string) => args.includes(name) ? args[args.indexOf(name) + 1] ?? "" : null;
  const known = ["--quick", "--seed", "--out"];
  const unknown = args.find((word, i) =>
    !known.includes(word) && !["--seed", "--out"].includes(args[i - 1] ?? "")
  );
  const seed = Number(valueOf("--seed") ?? crypto.getRandomValues(new Uint32Array(1))[0]);
  if (unknown !== undefined || !Number.isInteger(seed)) {
    throw new RangeError(
      `Cannot bench with ${args.join(" ")}: usage: deno task bench [--quick] [--seed N] [--out FOLDER]`,
    );
  }
  return { isQuick: args.includes("--quick"), seed, folder: valueOf("--out") };
}

async function write(results: Results, folder: string | null): Promise<void> {
  const target = folder ?? `${REPOSITORY}docs`;
  const { machine: { cpu, cores, date }, engines } = results;
  const note =
    `a simulated Windows whose netsh takes ${WINDOWS_LATENCY_MS} ms; ${cpu}, ${cores} cores, ${date}`;
  await Deno.mkdir(target, { recursive: true });
  const paths = [`${target}/bench.md`, `${target}/bench.svg`];
  await Deno.writeTextFile(paths[0]!, renderReport(results));
  await Deno.writeTextFile(paths[1]!, renderChart(engines, note));
  if (folder === null) {
    const path = `${REPOSITORY}README.md`;
    const readme = await Deno.readTextFile(path);
    const written = replaceBenchBlock(readme, renderSummary(results));
    if (written !== readme) await Deno.writeTextFile(path, written);
    paths.push(path);
  }
  const config = ["--config", `${REPOSITORY}deno.json`];
  await runCommand(Deno.execPath(), ["fmt", "--quiet", ...config, ...paths], { timeoutMs: 30_000 });
}

function tell(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}

async function main(): Promise<number> {
  try {
    const { isQuick, seed, folder } = parseWish(Deno.args);
    await setUp("bench");
    await ensureNamespaces(new URL(import.meta.url).pathname, Deno.args);
    tell(`Seed ${seed}.`);
    const results = await runBench(isQuick, seed, tell);
    if (isQuick && folder === null) await Deno.stdout.write(new TextEncoder().encode(renderReport(results)));
    else await write(results, folder);
    const missed = checkTargets(results).filter(({ isReached }) => !isReached);
    for (const { what, limit, found } of missed) tell(`Not reached: ${what}: ${found}, wanted ${limit}`);
    return 0;
  } catch (error) {
    tell(`bench: ${messageOf(error)}`);
    return 1;
  }
}

if (import.meta.main) Deno.exit(await main());
