import { currentInvokingUser, type InvokingUser } from "../../config/invoking_user.ts";
import type { Settings } from "../../config/settings.ts";
import { CLEANING } from "../../daemon/instance/instance_lock.ts";
import { ExitCode } from "../../daemon/exit_code.ts";
import { Refusal } from "../../daemon/refusal.ts";
import { withReconciler } from "../../daemon/run/with_reconciler.ts";
import { findWindows, type Windows } from "../../daemon/open/open_windows.ts";
import { type Entry, formatEntry } from "../../plan/rules/entry.ts";
import {
  readPredecessorRules,
  readSlate,
  type Slate,
  sortEntries,
  wipeSlate,
} from "../../windows/portproxy/clean_slate.ts";
import { netshWords } from "../../windows/portproxy/script/netsh_words.ts";
import { PREDECESSOR_RULE_NAME } from "../../windows/portproxy/predecessor_rules.ts";
import { readLogonTasks } from "../../daemon/launch/logon_tasks.ts";
import { countOf } from "../screen/describe.ts";
import { escapeText } from "../screen/escape_text.ts";
import type { Output } from "../screen/output.ts";
import { openPresenter, type Presenter } from "../screen/presenter.ts";
import { statusAnswer } from "./ask/status_answer.ts";
import { ViewState } from "../../view/view_state.ts";

/** `--clean-rules`: removes everything that is ours; with `--all` everything that forwards ports, whoever made it. */
export async function cleanRules(settings: Settings, isAll: boolean, stdout: Output): Promise<number> {
  if (isAll && !settings.yes) requireTerminal();
  const state = new ViewState({ ...settings, mode: "manual" });
  const presenter = openPresenter({ ...settings, mode: "manual" }, stdout, state);
  try {
    return await clean(settings, isAll, stdout, presenter, state);
  } finally {
    await presenter.close();
  }
}

async function clean(
  settings: Settings,
  isAll: boolean,
  stdout: Output,
  { emit, close }: Presenter,
  state: ViewState,
): Promise<number> {
  const say = (message: string) => {
    if (settings.json) emit({ type: "notice", code: "cleaned", message });
    else stdout.write(`${escapeText(message)}\n`);
  };
  return await withReconciler(
    settings,
    emit,
    () => statusAnswer(CLEANING, state),
    async (reconciler, windows) => {
      const removed = await reconciler.removeAll();
      await close();
      say(
        removed === 0
          ? "There were no rules of wslfwd."
          : `Removed the rules of wslfwd for ${countOf(removed, "port")}.`,
      );
      if (isAll) return await cleanAll(settings, windows, stdout, say);
      const left = await readPredecessorRules(windows.programs);
      if (left > 0) {
        say(
          `Left of wslfwd's predecessor: ${
            countOf(left, "firewall rule")
          } named "${PREDECESSOR_RULE_NAME}"; ` +
            "to remove them, and every portproxy entry: wslfwd --clean-rules --all",
        );
      }
      // A watchdog has nobody to tell, and everything to do in time.
      if (!settings.ignoreException && await hasTask(windows)) {
        say(
          "Autostart is on: Windows starts wslfwd again at the next logon; to end that: wslfwd autostart disable",
        );
      }
      return ExitCode.OK;
    },
    // What an earlier run left goes, also in a networking mode in which nothing can be let in.
    () => findWindows(),
  );
}

/** Whether Windows starts wslfwd at logon, as far as it can be told: the rules are gone in any case. */
async function hasTask(windows: Windows): Promise<boolean> {
  try {
    return (await readLogonTasks(windows)).start !== null;
  } catch {
    return false;
  }
}

async function cleanAll(
  settings: Settings,
  windows: Windows,
  stdout: Output,
  say: (message: string) => void,
): Promise<number> {
  const slate = await readSlate(windows.host, windows.programs);
  if (slate.entries.length + slate.claims.length + slate.predecessorRules === 0) {
    say("There is nothing else that forwards ports.");
    return ExitCode.OK;
  }
  if (!settings.json) stdout.write(describeSlate(slate));
  if (!settings.yes && !askToWipe()) {
    say("Nothing else was removed.");
    return ExitCode.FAILED;
  }
  const { sayable, unsayable } = sortEntries(slate.entries);
  if (sayable.length > 0) {
    say(`Saved the entries to ${await saveEntries(sayable, currentInvokingUser())}`);
  }
  const kept = await wipeSlate({ ...slate, entries: sayable }, windows.host, windows.programs);
  kept.push(...unsayable);
  for (const entry of kept) say(`Not removed, do it by netsh: ${formatEntry(entry)}`);
  const entries = countOf(slate.entries.length - kept.length, "portproxy entry", "portproxy entries");
  say(`Removed ${entries} and ${describeRules(slate)}.`);
  return kept.length === 0 ? ExitCode.OK : ExitCode.FAILED;
}

function describeSlate(slate: Slate): string {
  const { entries } = slate;
  const count = countOf(entries.length, "portproxy entry", "portproxy entries");
  return [
    entries.length === 0
      ? "Windows holds no portproxy entries"
      : `Windows holds ${count}, whoever made ${entries.length === 1 ? "it" : "them"}:`,
    ...entries.map((entry) => `  ${escapeText(formatEntry(entry))}`),
    `and ${describeRules(slate)}.`,
    "",
  ].join("\n");
}

function describeRules({ claims, predecessorRules }: Slate): string {
  const count = claims.length + predecessorRules;
  return `${
    count === 0 ? "no firewall rules" : countOf(count, "firewall rule")
  } of wslfwd and its predecessor`;
}

function requireTerminal(): void {
  if (Deno.stdin.isTerminal()) return;
  throw new Refusal(
    ExitCode.USAGE,
    "--clean-rules --all asks before it removes other people's entries, and there is no terminal to ask on; add --yes",
  );
}

function askToWipe(): boolean {
  return /^y(es)?$/i.test(prompt("Remove them all? [y/N]")?.trim() ?? "");
}

/** Writes the commands that would make the entries again, for the user alone to read. Returns the file's path. */
async function saveEntries(entries: readonly Entry[], user: InvokingUser): Promise<string> {
  const { writePrivateFile } = await import("../../config/file/private_file.ts");
  const lines = entries.map((entry) => `netsh ${netshWords({ kind: "add-entry", entry }).join(" ")}\r\n`);
  const path = `${user.home ?? "/root"}/portproxy-${new Date().toISOString().replace(/[:.]/g, "-")}.txt`;
  try {
    writePrivateFile(path, lines.join(""), user);
    return path;
  } catch (error) {
    const { code = "unknown" } = error as { code?: string };
    throw new Refusal(
      ExitCode.FAILED,
      `Nothing else was removed: the entries cannot be saved to ${path} (${code}); check the folder and its rights`,
    );
  }
}
