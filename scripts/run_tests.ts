/** Runs every test and ends with one line that counts them: `N passed, N failed, N skipped`. */
// deno-lint-ignore-file no-console -- a script speaks to whoever runs it
import { setUp } from "./setup.ts";

/** Where tests are. */
const FOLDERS = ["tests", "scripts/bench", "scripts/kernels"];

await setUp("test");
const command = new Deno.Command(Deno.execPath(), {
  // The folders are named, so that nothing is taken for a test by its name: this script once was, and started itself.
  args: ["test", "--no-check", "--frozen", "--allow-all", "--parallel", ...FOLDERS, ...Deno.args],
  env: Deno.stdout.isTerminal() ? {} : { NO_COLOR: "1" },
  stdout: "piped",
});
await using child = command.spawn();
const tail = await passOn(child.stdout);
const { code } = await child.status;
// `ok | 12 passed (3 steps) | 0 failed | 1 ignored (2s)`
const count = (word: string) => Number(new RegExp(`(\\d+) ${word}`).exec(tail)?.[1] ?? 0);
const passed = count("passed"), failed = count("failed"), skipped = count("ignored");
const isBroken = code !== 0 && failed === 0;
if (isBroken) console.error("The tests did not run to their end; see above.");
console.log(`${passed} passed, ${failed + (isBroken ? 1 : 0)} failed, ${skipped} skipped`);
Deno.exit(code !== 0 || passed === 0 ? 1 : 0);

/** Writes a stream to stdout as it comes and returns its last part, without colours. */
async function passOn(stream: ReadableStream<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let tail = "";
  for await (const chunk of stream) {
    Deno.stdout.writeSync(chunk);
    tail = (tail + decoder.decode(chunk, { stream: true })).slice(-4000);
  }
  // deno-lint-ignore no-control-regex -- the colours that deno test prints on a terminal
  return tail.replace(/\x1b\[[\d;]*m/g, "").trimEnd().split("\n").findLast((line) => / passed /.test(line)) ??
    "";
}
