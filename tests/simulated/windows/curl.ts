/** curl.exe: a real connection from where Windows is. */
import { pause } from "../clock.ts";
import type { Answer } from "./programs.ts";
import type { SimulatedWindows } from "./windows.ts";
import { Refusal } from "./words.ts";

const WORDS =
  "--disable --silent --head --globoff --noproxy * --output NUL --connect-timeout 3 --max-time 5 " +
  "--write-out %{time_connect} ";

/** Runs curl.exe with exactly the words that `why` uses. What it exits with where the service is no web server: 52. */
export async function connectByCurl(args: readonly string[], machine: SimulatedWindows): Promise<Answer> {
  const text = args.join(" ");
  const url = text.startsWith(WORDS)
    ? /^http:\/\/\[?([\d.]+|[\da-f:]+)\]?:(\d+)\/$/.exec(text.slice(WORDS.length))
    : null;
  if (url === null) throw new Refusal();
  // Windows says nothing of a program that is not there; WSL's interop does, and exits with 1.
  if (!machine.switches.hasCurl) return { stdout: "", stderr: "<3>WSL ERROR: curl.exe\r\n", exitCode: 1 };
  const { promise: late, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), 3_000);
  const connecting = Deno.connect({ hostname: url[1]!, port: Number(url[2]) });
  const connection = await Promise.race([connecting.catch(() => null), late]);
  clearTimeout(timer);
  if (connection === null) {
    connecting.then((slow) => slow.close(), () => {});
    return { stdout: "0.000000", exitCode: 7 };
  }
  await pause(1);
  connection.close();
  return { stdout: "0.000345", exitCode: 52 };
}
