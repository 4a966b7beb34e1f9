import type { Settings } from "../../config/settings.ts";
import { InstanceLock } from "../../daemon/instance/instance_lock.ts";
import { openWindows, requireElevation, type Windows } from "../../daemon/open/open_windows.ts";
import { ExitCode } from "../../daemon/exit_code.ts";
import { Refusal } from "../../daemon/refusal.ts";
import { tryForwarding } from "../../diagnose/trial/try_forwarding.ts";
import { parseLanAddress, PRINT_ROUTES } from "../../windows/network/lan_address.ts";
import { decodeOutput } from "../../windows/run/output_text.ts";
import type { Output } from "../screen/output.ts";
import { renderFindings } from "../screen/render_findings.ts";

/** How long route.exe may take, in milliseconds. */
const ROUTE_MS = 10_000;

const QUESTION =
  "This makes a forwarding and a firewall rule for one spare port, connects through them, and removes them.";

/** `doctor --try`: whether it works here. Asks first. Resolves with 0 where all of it worked. Throws Refusal. */
export async function tryHere(settings: Settings, stdout: Output): Promise<number> {
  const hasTerminal = Deno.stdin.isTerminal() && stdout.isTerminal;
  if (!settings.yes && !hasTerminal) {
    throw new Refusal(
      ExitCode.USAGE,
      "--try asks before it changes anything, and there is no terminal to ask; add --yes",
    );
  }
  using _lock = await InstanceLock.take(() => ({ app: "wslfwd", pid: Deno.pid, task: "manual" }));
  const windows = await openWindows();
  requireElevation(windows);
  if (!settings.yes) {
    stdout.write(`${QUESTION}\n`);
    if (!await ask(stdout, "Go on? [y/N]")) {
      stdout.write("Nothing was changed.\n");
      return ExitCode.FAILED;
    }
  }
  const isFine = await tryForwarding(windows, settings, {
    tell: (finding, durationMs) => {
      const text = `${finding.text} (${durationMs.toFixed(0)} ms)`;
      stdout.write(`${renderFindings([{ ...finding, text }], stdout).join("\n")}\n`);
    },
    askDevice: async (port) => {
      if (settings.yes || !hasTerminal) return false;
      const address = await readLanAddress(windows) ?? "the address of Windows";
      stdout.write(`On another device in this network, open http://${address}:${port}/\n`);
      return await ask(stdout, "Done? [y: I did; Enter: there is none]");
    },
  });
  stdout.write(isFine ? "It works here.\n" : "It does not work here: see the lines that begin with ✗.\n");
  return isFine ? ExitCode.OK : ExitCode.FAILED;
}

/** Asks for a line. Not by prompt(), during which nothing else goes on: the other device would get no page. */
async function ask(stdout: Output, question: string): Promise<boolean> {
  stdout.write(`${question} `);
  const bytes = new Uint8Array(256), count = await Deno.stdin.read(bytes) ?? 0;
  return /^y(es)?$/i.test(new TextDecoder().decode(bytes.subarray(0, count)).trim());
}

async function readLanAddress({ programs }: Windows): Promise<string | null> {
  try {
    return parseLanAddress(decodeOutput((await programs.run("route.exe", PRINT_ROUTES, ROUTE_MS)).stdout));
  } catch {
    return null;
  }
}
