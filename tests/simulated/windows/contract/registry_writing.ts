/** `reg.exe add` and `reg.exe delete` of portproxy entries: what they write nobody is told of. */
import type { Call } from "../calls.ts";
import type { PortproxyEntry } from "../model.ts";
import { ALL_FAMILIES, familiesOf, keyOf } from "../portproxy.ts";
import type { Answer } from "../programs.ts";
import type { SimulatedWindows } from "../windows.ts";
import { Refusal } from "../words.ts";

const TABLES = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\PortProxy\\";

/** Runs one of the two. What reg.exe prints is assumed: its caller goes by the exit status. Throws Refusal for other keys. */
export function writeRegistry(args: readonly string[], machine: SimulatedWindows, call: Call): Answer {
  const [verb, key, ...options] = args;
  const families = ALL_FAMILIES.find((each) => key === `${TABLES}${each}\\tcp`);
  if (families === undefined) throw new Refusal();
  if (!call.record.isElevated) return { stdout: "", stderr: "ERROR: Access is denied.\r\n", exitCode: 1 };
  const done = { stdout: "The operation completed successfully.\r\n\r\n", exitCode: 0 };
  if (verb === "add") {
    const words = /^\/v (\S+) \/t REG_SZ \/d (\S+) \/f$/.exec(options.join(" "));
    if (words === null) throw new Refusal();
    const [listenAddress, listenPort] = partsOf(words[1]!),
      [connectAddress, connectPort] = partsOf(words[2]!);
    const entry: PortproxyEntry = { listenAddress, listenPort, connectAddress, connectPort };
    machine.portproxy.write(families === "v4tov4" ? entry : { families, ...entry });
    machine.changed();
    return done;
  }
  const words = /^\/v (\S+) \/f$/.exec(options.join(" "));
  if (words === null) throw new Refusal();
  const [listenAddress, listenPort] = partsOf(words[1]!);
  const entry = machine.entries.find((each) =>
    familiesOf(each) === families && each.listenAddress === listenAddress && each.listenPort === listenPort
  );
  if (entry === undefined) {
    const stderr = "ERROR: The system was unable to find the specified registry key or value.\r\n";
    return { stdout: "", stderr, exitCode: 1 };
  }
  machine.portproxy.erase(keyOf(entry));
  machine.changed();
  return done;
}

/** Address and port of `0.0.0.0/3000`. */
function partsOf(text: string): readonly [address: string, port: string] {
  const slash = text.lastIndexOf("/");
  if (slash < 0) throw new Refusal(`registry value ${text}`);
  return [text.slice(0, slash), text.slice(slash + 1)];
}
