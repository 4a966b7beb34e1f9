import { type Flags, mergeSettings, type Settings } from "../config/settings.ts";
import { ExitCode, Refusal } from "../daemon/refusal.ts";
import { messageOf } from "../process/command.ts";
import { escapeText } from "./escape_text.ts";
import { Output } from "./output.ts";
import { type Invocation, parseCommandLine } from "./parse_command_line.ts";

/** Does what the arguments ask for and resolves with the exit code. Prints one line for what goes wrong; never rejects. */
export async function runMain(argv: readonly string[]): Promise<number> {
  const stdout = new Output(Deno.stdout), stderr = new Output(Deno.stderr);
  const fail = (message: string) => stderr.write(`wslfwd: ${escapeText(message)}\n`);
  try {
    return await run(await parseCommandLine(argv), stdout, fail);
  } catch (error) {
    fail(messageOf(error));
    return error instanceof Refusal ? error.exitCode : ExitCode.FAILED;
  }
}

async function run(invocation: Invocation, stdout: Output, fail: (message: string) => void): Promise<number> {
  // What an invocation needs is loaded only now: help and errors of usage stay quick.
  switch (invocation.kind) {
    case "help": {
      const { renderHelp } = await import("./help.ts");
      stdout.write(renderHelp());
      return ExitCode.OK;
    }
    case "version": {
      const { renderVersion } = await import("./version.ts");
      stdout.write(renderVersion());
      return ExitCode.OK;
    }
    case "usage-error":
      fail(invocation.message);
      return ExitCode.USAGE;
    case "run":
    case "clean-rules": {
      const settings = await readSettings(invocation.flags);
      const { cleanRules, followListeners, forwardOnce } = await import("./run_forwarding.ts");
      if (invocation.kind === "clean-rules") return await cleanRules(settings, stdout);
      return settings.mode === "manual"
        ? await forwardOnce(settings, stdout)
        : await followListeners(settings, stdout);
    }
    default:
      fail(`${invocation.kind} is not there yet`);
      return ExitCode.USAGE;
  }
}

async function readSettings(flags: Flags): Promise<Settings> {
  const { readEphemeralPorts } = await import("../linux/ephemeral_ports.ts");
  const { PortSet } = await import("../net/port_set.ts");
  const surroundings = {
    ephemeralPorts: new PortSet([readEphemeralPorts()]),
    holdsAddress: () => true,
  };
  return mergeSettings(flags, {}, surroundings);
}
