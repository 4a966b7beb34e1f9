import { readAutostart } from "../../daemon/launch/autostart.ts";
import { NEVER, RUNNING } from "../../windows/session/last_run.ts";
import { claimedEntries } from "../../plan/claims/claim_index.ts";
import { readPredecessorRules } from "../../windows/portproxy/clean_slate.ts";
import { valueOf } from "../attempt.ts";
import { failed, type Finding, note, ok, unknown } from "../finding.ts";
import { checkHelper } from "./helper_check.ts";
import type { Machine, MachineCheck } from "./machine.ts";
import { START_COMMAND } from "../why/windows_links.ts";

/** wslfwd compares its rules with Windows every minute; one that has not for so long has a problem, in milliseconds. */
const STALE_MS = 5 * 60_000;

/** What runs, and what is left of what ran. */
export const RULE_CHECKS: readonly MachineCheck[] = [
  { name: "instance", run: checkInstance },
  { name: "verified", run: checkVerified },
  { name: "registry", run: checkRegistry },
  { name: "helper", run: checkHelper },
  { name: "left-over", run: checkLeftOver },
  { name: "predecessor", run: checkPredecessor },
  { name: "autostart", run: checkAutostart },
];

function checkInstance({ instance, stranger }: Machine): Finding {
  if (stranger !== null) return failed("instance", stranger, "sudo ss -xlp | grep @wslfwd");
  if (instance === null) return note("instance", "no wslfwd runs in this VM", START_COMMAND);
  return ok("instance", `wslfwd runs (pid ${instance.pid}, ${instance.task})`);
}

function checkVerified({ instance }: Machine): Finding | null {
  if (instance === null) return null;
  const timeMs = typeof instance.verified === "string" ? Date.parse(instance.verified) : NaN;
  if (Number.isNaN(timeMs)) {
    return unknown("verified", "wslfwd has not read yet what Windows holds", "wslfwd status");
  }
  const ageMs = Date.now() - timeMs, ageS = Math.max(0, Math.round(ageMs / 1000));
  if (ageMs < STALE_MS) return ok("verified", `wslfwd compared its rules with Windows ${ageS} s ago`);
  return failed("verified", `wslfwd last compared its rules with Windows ${ageS} s ago`, "wslfwd status");
}

async function checkRegistry({ windows, facts }: Machine): Promise<Finding | null> {
  await facts; // It shows in reading what Windows holds.
  const limit = valueOf(await windows)?.host.limit ?? null;
  return limit === null ? null : unknown("registry", limit, "ask the administrator to allow reg.exe query");
}

/** Whether what Windows starts at logon will start; nothing where it starts nothing. */
async function checkAutostart({ windows }: Machine): Promise<Finding | null> {
  const found = valueOf(await windows);
  if (found === null || found === undefined) return null;
  const { task, isEnabled, fault, bootFault, lastRun } = await readAutostart(found);
  if (task === null) return null;
  if (fault !== null) return failed("autostart", fault, "wslfwd autostart enable");
  if (!isEnabled) {
    return note(
      "autostart",
      "the task of Windows that starts wslfwd at logon is switched off",
      "taskschd.msc",
    );
  }
  if (bootFault !== null) return note("autostart", bootFault, "wslfwd autostart enable");
  const result = lastRun?.result ?? NEVER;
  const text = `Windows starts ${task.program} at logon`;
  if (result === 0 || result === RUNNING || result === NEVER) return ok("autostart", text);
  return note("autostart", `${text}; the last time it ended with ${result}`, "wslfwd autostart status");
}

async function checkLeftOver({ instance, facts }: Machine): Promise<Finding | null> {
  const held = valueOf(await facts)?.held;
  if (held === undefined) return null;
  if ("error" in held) return unknown("left-over", held.error);
  const { entries, claims } = held.value;
  const claimed = claimedEntries(claims);
  const ours = entries.filter((entry) => claimed.has(entry)).length;
  if (instance !== null) {
    return ok("left-over", `the rules of wslfwd on Windows are those of the one that runs`);
  }
  if (claims.length === 0) return ok("left-over", "nothing of wslfwd is left on Windows");
  const text =
    `${claims.length} firewall rules and ${ours} portproxy entries of wslfwd are on Windows, and none runs`;
  return failed(
    "left-over",
    text,
    "wslfwd --clean-rules   (unless --mode manual or --no-cleanup left them on purpose)",
  );
}

async function checkPredecessor({ windows }: Machine): Promise<Finding | null> {
  const found = valueOf(await windows);
  if (found === null) return null;
  const count = await readPredecessorRules(found.programs);
  if (count === 0) return ok("predecessor", "nothing of wslfwd's predecessor is left on Windows");
  const text = `${count} firewall rules of wslfwd's predecessor let in everybody, in every network`;
  return failed("predecessor", text, "wslfwd --clean-rules --all   (asks first)");
}
