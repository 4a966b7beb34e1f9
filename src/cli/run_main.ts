import { ConfigError } from "../config/file/parse_config.ts";
import type { Flags } from "../config/settings.ts";
import { ExitCode } from "../daemon/exit_code.ts";
import { Refusal } from "../daemon/refusal.ts";
import { messageOf } from "../process/command.ts";
import { escapeText } from "./screen/escape_text.ts";
import { breakLine, columnsOf } from "./screen/break_lines.ts";
import { Output } from "./screen/output.ts";
import { UsageError } from "./args/usage_error.ts";
import { type Invocation, parseCommandLine } from "./args/parse_command_line.ts";

/** Does what the arguments ask for and resolves with the exit code. Prints one line for what goes wrong; never rejects. */
export async function runMain(argv: readonly string[]): Promise<number> {
  const stdout = new Output(Deno.stdout), stderr = new Output(Deno.stderr);
  const fail = (message: string) => {
    const lines = breakLine(`wslfwd: ${escapeText(message)}`, columnsOf(stderr), "  ");
    stderr.write(lines.map((line) => `${line}\n`).join(""));
  };
  try {
    return await run(await parseCommandLine(argv), argv, stdout, fail);
  } catch (error) {
    if (error instanceof UsageError) {
      fail(error.message);
      return ExitCode.USAGE;
    }
    fail(withRemedy(error));
    if (error instanceof ConfigError) error.others.forEach(({ message }) => fail(message));
    return exitCodeOf(error);
  }
}

function exitCodeOf(error: unknown): number {
  if (error instanceof Refusal) return error.exitCode;
  return error instanceof ConfigError ? ExitCode.USAGE : ExitCode.FAILED;
}

/** What fails once may work a moment later; a message that says what to do stays as it is. */
function withRemedy(error: unknown): string {
  const message = messageOf(error);
  const isOurs = error instanceof Refusal || error instanceof ConfigError;
  return isOurs || /[;.] /.test(message)
    ? message
    : `${message}; try again, and if it stays so: wslfwd doctor`;
}

async function run(
  invocation: Invocation,
  argv: readonly string[],
  stdout: Output,
  fail: (message: string) => void,
): Promise<number> {
  // What an invocation needs is loaded only now: help and errors of usage stay quick.
  switch (invocation.kind) {
    case "help": {
      if (invocation.topic === null) {
        const { renderHelp } = await import("./docs/help.ts");
        stdout.write(renderHelp());
        return ExitCode.OK;
      }
      const { renderTopic } = await import("./docs/topic.ts");
      stdout.write(renderTopic(invocation.topic));
      return ExitCode.OK;
    }
    case "offer": {
      const { printOffer } = await import("./complete/offer.ts");
      return await printOffer(invocation.what, stdout);
    }
    case "version": {
      const { renderVersion } = await import("./docs/version.ts");
      stdout.write(renderVersion());
      return ExitCode.OK;
    }
    case "usage-error":
      fail(invocation.message);
      return ExitCode.USAGE;
    case "gen-config":
      return await generateConfig(invocation.flags, stdout);
    case "run":
    case "clean-rules":
      return await forward(invocation.kind, invocation.flags, argv, stdout, fail);
    case "plan":
      return await forward("run", { ...invocation.flags, dryRun: true }, argv, stdout, fail);
    case "status": {
      const { printStatus } = await import("./commands/ask/run_status.ts");
      return await printStatus(invocation.flags.json === true, stdout);
    }
    case "list": {
      const { printList } = await import("./commands/ask/run_status.ts");
      return await printList(invocation.flags.json === true, stdout);
    }
    case "url": {
      const { printUrl } = await import("./commands/ask/run_address.ts");
      const { json, all } = invocation.flags, how = { isAll: all === true, isJson: json === true };
      return await printUrl(Number(invocation.argument), how, stdout, fail);
    }
    case "qr": {
      const { printQr } = await import("./commands/ask/run_qr.ts");
      const { argument } = invocation;
      return await printQr(argument === null ? null : Number(argument), stdout, fail);
    }
    case "address": {
      const { printAddress } = await import("./commands/ask/run_address.ts");
      return await printAddress(invocation.flags.all === true, stdout);
    }
    case "stop": {
      const { stopInstance } = await import("./commands/run_stop.ts");
      return await stopInstance(stdout);
    }
    case "start": {
      const { startTask } = await import("./commands/run_start.ts");
      return await startTask(stdout);
    }
    case "why": {
      const { explainWhy } = await import("./commands/ask/run_why.ts");
      return await explainWhy(Number(invocation.argument), invocation.flags, stdout, fail);
    }
    case "doctor": {
      const { examine } = await import("./commands/run_doctor.ts");
      return await examine(invocation.flags, stdout);
    }
    case "autostart": {
      const { setAutostart } = await import("./commands/run_autostart.ts");
      return await setAutostart(invocation.argument!, invocation.flags, argv, stdout, fail);
    }
    case "completions": {
      const { renderCompletions } = await import("./complete/completions.ts");
      // The parser lets only the name of a shell through.
      stdout.write(renderCompletions(invocation.argument as Parameters<typeof renderCompletions>[0]));
      return ExitCode.OK;
    }
    case "man": {
      const { renderMan } = await import("./docs/man.ts");
      stdout.write(renderMan());
      return ExitCode.OK;
    }
  }
}

async function forward(
  kind: "run" | "clean-rules",
  flags: Flags,
  argv: readonly string[],
  stdout: Output,
  fail: (message: string) => void,
): Promise<number> {
  if (flags.logPath !== undefined && kind === "run") {
    const { LogFile } = await import("./screen/log_file.ts");
    const log = new Output(new LogFile(flags.logPath));
    return await withLog(log, (fail) => forward(kind, { ...flags, logPath: undefined }, argv, log, fail));
  }
  const { readSettings } = await import("./args/read_settings.ts");
  // Removing rules needs no config: one that is broken must not keep them, nor the watchdog from its work.
  const { settings, configPath } = await readSettings(flags, kind === "run");
  if (configPath !== null && !settings.json) {
    // What a plan prints can be run; those who read our JSON want nothing else there.
    stdout.write(`${settings.dryRun ? "# " : ""}config: ${escapeText(configPath)}\n`);
  }
  for (const warning of settings.warnings) fail(warning);
  if (settings.dryRun) {
    const { printCleaning, printPlan } = await import("./commands/ask/run_plan.ts");
    return kind === "clean-rules"
      ? await printCleaning(settings, flags.all === true, stdout)
      : await printPlan(settings, stdout);
  }
  if (kind === "run") {
    const { adviseSudo } = await import("../daemon/launch/sudo_path.ts");
    const advice = adviseSudo();
    if (advice !== null) fail(advice);
  }
  if (flags.elevate) {
    const { goOnElevated } = await import("./commands/run_elevated.ts");
    if (await goOnElevated(argv, configPath, settings.json, stdout)) return ExitCode.OK;
  }
  if (kind === "clean-rules") {
    const { cleanRules } = await import("./commands/run_clean.ts");
    return await cleanRules(settings, flags.all === true, stdout);
  }
  const { followListeners, forwardOnce } = await import("./commands/run_forwarding.ts");
  return await (settings.mode === "manual" ? forwardOnce : followListeners)(settings, stdout);
}

/** Does something that tells a log what happens, and what goes wrong. Resolves with the exit code. */
async function withLog(
  log: Output,
  use: (fail: (message: string) => void) => Promise<number>,
): Promise<number> {
  const { formatDate } = await import("./screen/describe.ts");
  const fail = (message: string) => log.write(`${formatDate(Date.now())} error: ${escapeText(message)}\n`);
  try {
    return await use(fail);
  } catch (error) {
    fail(withRemedy(error));
    return exitCodeOf(error);
  }
}

async function generateConfig(flags: Flags, stdout: Output): Promise<number> {
  const { writeConfig } = await import("../config/file/gen_config.ts");
  const { currentInvokingUser } = await import("../config/invoking_user.ts");
  const { older, path } = writeConfig(flags.configPath ?? null, currentInvokingUser(), flags);
  const hidden = older === null ? "" : `; ${escapeText(older)} is not read any more`;
  stdout.write(`Wrote the config file ${escapeText(path)}${hidden}\n`);
  return ExitCode.OK;
}
