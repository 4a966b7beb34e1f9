/**
 * Tries on a real Windows what wslfwd takes for true: `deno task test:windows [--stop-services] [FILE]`. On Windows itself (Deno for Windows, in a
 * terminal that runs as administrator), or in WSL2 in such a terminal. What it makes is on loopback and spare ports, and it
 * takes it away again, also where something fails. Only with --stop-services does it stop IP Helper for a moment. FILE (test-windows.txt) becomes the transcript. Exits with 1 where
 * something is otherwise than thought, or is left.
 */
// deno-lint-ignore-file no-console -- a script speaks to whoever runs it
import { messageOf } from "../../src/process/command.ts";
import { QUERY_CLAIMS } from "../../src/windows/firewall/firewall_registry.ts";
import type { WindowsPrograms } from "../../src/wsl/windows_programs.ts";
import { type Fact, otherwise } from "./fact.ts";
import { FAST_FACTS } from "./facts/fast.ts";
import { FIREWALL_FACTS } from "./facts/firewall.ts";
import { LISTENING_FACTS } from "./facts/listening.ts";
import { PORTPROXY_FACTS, rowsOf } from "./facts/portproxy.ts";
import { readEdition, READER_FACTS } from "./facts/readers.ts";
import { SCRIPT_FACTS } from "./facts/script.ts";
import { SESSION_FACTS } from "./facts/session.ts";
import { NativePrograms } from "./native_programs.ts";
import { formatTranscript, formatTried, type Tried } from "./transcript_writer.ts";
import { World } from "./world.ts";

/** Lets it stop IP Helper: for machines on which nobody works. */
const STOP = "--stop-services";

/** In the order in which they are tried. */
export const FACTS: readonly Fact[] = [
  ...READER_FACTS,
  ...PORTPROXY_FACTS,
  ...LISTENING_FACTS,
  ...SCRIPT_FACTS,
  ...FIREWALL_FACTS,
  ...SESSION_FACTS,
  ...FAST_FACTS,
];

/** Tries all of them, one after the other, and what is made goes at the end of each. `tell`: called with each line. */
export async function tryFacts(world: World, tell: (line: string) => void): Promise<Tried[]> {
  const tried: Tried[] = [];
  const before = await lookAtHoldings(world);
  for (const fact of FACTS) {
    const outcome = await fact.attempt(world).catch((error) => otherwise(messageOf(error)));
    await world.clear();
    tried.push({ fact, outcome });
    tell(formatTried(tried.at(-1)!));
  }
  const left = [...await lookAtHoldings(world)].filter((line) => !before.has(line));
  const fact: Fact = {
    id: "clean",
    claim: "nothing is left of what was made",
    attempt: () => Promise.reject(),
  };
  tried.push({
    fact,
    outcome: left.length === 0 ? { kind: "confirmed", seen: "" } : otherwise(left.join("; ")),
  });
  tell(formatTried(tried.at(-1)!));
  return tried;
}

/** Every entry of every family, and every rule of the firewall that has wslfwd in it. */
async function lookAtHoldings(world: World): Promise<ReadonlySet<string>> {
  const entries = rowsOf((await world.netsh("interface portproxy show all")).stdout);
  const { stdout } = await world.run("reg.exe", ...QUERY_CLAIMS);
  return new Set([...entries, ...stdout.split(/\r?\n/).filter((line) => line.includes("REG_SZ"))]);
}

/** Through interop in WSL2. Not imported on Windows: it looks at /proc. */
async function programsFromWsl(): Promise<WindowsPrograms> {
  const { findSystem32 } = await import("../../src/wsl/system32.ts");
  const { InteropPrograms } = await import("../../src/wsl/windows_programs.ts");
  const system32 = await findSystem32();
  if (system32 === null) throw new Error("This is neither Windows nor WSL2 with a drive of Windows");
  return new InteropPrograms(system32);
}

if (import.meta.main) {
  try {
    const isNative = Deno.build.os === "windows", words = Deno.args.filter((word) => word !== STOP);
    const world = new World(
      isNative ? new NativePrograms() : await programsFromWsl(),
      isNative,
      words.length < Deno.args.length,
    );
    if ((await world.run("net.exe", "session")).exitCode !== 0) {
      throw new Error(
        "Windows does not let this terminal change rules: open one with `Run as administrator`",
      );
    }
    // A Ctrl-C takes away what is there, too.
    Deno.addSignalListener("SIGINT", () => void world.clear().finally(() => Deno.exit(130)));
    const edition = await readEdition(world);
    console.log(edition);
    const tried = await tryFacts(world, (line) => console.log(line));
    const [path = "test-windows.txt"] = words, date = new Date().toISOString().slice(0, 10);
    await Deno.writeTextFile(path, formatTranscript(edition, tried, world, date));
    const count = (kind: string) => tried.filter(({ outcome }) => outcome.kind === kind).length;
    console.log(
      `${count("confirmed")} confirmed, ${count("otherwise")} otherwise, ${
        count("impossible")
      } not possible here; ${path}`,
    );
    Deno.exit(count("otherwise") > 0 ? 1 : 0);
  } catch (error) {
    console.error(messageOf(error));
    Deno.exit(2);
  }
}
