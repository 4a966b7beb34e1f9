/**
 * Starts a BuiltinWake (options as JSON), and stops it at the end of stdin. Prints a line of JSON when it is ready or
 * refused, and another at the end.
 */
import { BuiltinWake } from "../../../src/linux/ebpf/listen/builtin_wake.ts";
import { type Wake, WakeSourceError } from "../../../src/contracts/wake.ts";

/** The first line. */
export type WatchStart =
  | { readonly programType: string | null; readonly programId: number }
  | { readonly refusal: string; readonly isRetriable: boolean; readonly remedy: string | null };

function print(value: unknown): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(value)}\n`));
}

/** As the kernel tells it of the descriptor that attaches it. */
function findProgramId(): number {
  for (const { name } of Deno.readDirSync("/proc/self/fdinfo")) {
    try {
      const match = /^prog_id:\s*(\d+)$/m.exec(Deno.readTextFileSync(`/proc/self/fdinfo/${name}`));
      if (match !== null) return Number(match[1]);
    } catch {
      // The descriptor of the listing itself is closed by now.
    }
  }
  return 0;
}

if (import.meta.main) {
  const wake = new BuiltinWake(JSON.parse(Deno.args[0] ?? "{}"));
  const wakes: Wake[] = [];
  try {
    await wake.start((told) => wakes.push(told), (reason) => {
      throw reason;
    });
    print({ programType: wake.programType, programId: findProgramId() } satisfies WatchStart);
    for await (const _ of Deno.stdin.readable) { /* until it ends */ }
  } catch (error) {
    if (!(error instanceof WakeSourceError)) throw error;
    const { message, isRetriable, remedy } = error;
    print({ refusal: message, isRetriable, remedy } satisfies WatchStart);
  }
  await wake.stop();
  print(wakes);
}
