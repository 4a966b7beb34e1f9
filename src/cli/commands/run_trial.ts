import type { Settings } from "../../config/settings.ts";
import { InstanceLock } from "../../daemon/instance/instance_lock.ts";
import { openWindows, requireElevation, type Windows } from "../../daemon/open/open_windows.ts";
import { ExitCode } from "../../daemon/exit_code.ts";
import { Refusal } from "../../daemon/refusal.ts";
import { tryForwarding } from "../../diagnose/trial/try_forwarding.ts";
import { addressTowards } from "../../diagnose/trial/address_towards.ts";
import { parseIpv4 } from "../../net/address.ts";
import { chooseLans } from "../../windows/network/lan_address.ts";
import { parseRoutes, PRINT_ROUTES, type Route } from "../../windows/network/routes.ts";
import { decodeOutput } from "../../windows/run/output_text.ts";
import type { Output } from "../screen/output.ts";
import { renderFindings } from "../screen/render_findings.ts";

/** How long route.exe may take, in milliseconds. */
const ROUTE_MS = 10_000;

/** How long another device is waited for, in milliseconds. */
const DEVICE_MS = 120_000;

const DEVICE_QUESTION =
  "Another device in this network to try it from? Its address (a phone shows it at its Wi-Fi), such as " +
  "192.168.1.23; y if you do not know it; Enter if there is none:";

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
    askDevice: async (port, came) => {
      if (settings.yes || !hasTerminal) return false;
      return await askDevice(windows, port, came, settings, stdout);
    },
  });
  stdout.write(isFine ? "It works here.\n" : "It does not work here: see the lines that begin with ✗.\n");
  return isFine ? ExitCode.OK : ExitCode.FAILED;
}

/** As `TrialTalk` has it. */
async function askDevice(
  windows: Windows,
  port: number,
  came: Promise<void>,
  { policy }: Settings,
  stdout: Output,
): Promise<boolean> {
  const answer = await askLine(stdout, DEVICE_QUESTION);
  const device = parseIpv4(answer);
  if (device === null && !isYes(answer)) {
    if (answer !== "") stdout.write("That is no IPv4 address: going on without another device.\n");
    return false;
  }
  const routes = await readRoutes(windows);
  const near = device === null ? null : addressTowards(routes, device);
  if (device !== null && near === null && policy.scope.remoteIps.includes("localsubnet")) {
    stdout.write(
      `${device} is in no network of this PC, and the rule lets in those alone; --remote-ip names others.\n`,
    );
  }
  const url = `http://${near ?? chooseLans(routes, null)[0]?.address ?? "ADDRESS-OF-WINDOWS"}:${port}/`;
  stdout.write(`There, open ${url} in a browser, or: curl ${url}\n`);
  stdout.write(`Waiting for it, up to ${DEVICE_MS / 1000} s (Enter: no longer) `);
  const late = Promise.withResolvers<void>(), timer = setTimeout(late.resolve, DEVICE_MS);
  // The line that is not typed stays asked for until the program ends.
  await Promise.race([came, late.promise, askLine(stdout, "")]);
  clearTimeout(timer);
  stdout.write("\n");
  return true;
}

async function ask(stdout: Output, question: string): Promise<boolean> {
  return isYes(await askLine(stdout, question));
}

function isYes(answer: string): boolean {
  return /^y(es)?$/i.test(answer);
}

/** Asks for a line. Not by prompt(), during which nothing else goes on: the other device would get no page. */
async function askLine(stdout: Output, question: string): Promise<string> {
  if (question !== "") stdout.write(`${question} `);
  const bytes = new Uint8Array(256), count = await Deno.stdin.read(bytes) ?? 0;
  return new TextDecoder().decode(bytes.subarray(0, count)).trim();
}

/** Empty where they cannot be read: then the user has to know the address. */
async function readRoutes({ programs }: Windows): Promise<Route[]> {
  try {
    return parseRoutes(decodeOutput((await programs.run("route.exe", PRINT_ROUTES, ROUTE_MS)).stdout));
  } catch {
    return [];
  }
}
