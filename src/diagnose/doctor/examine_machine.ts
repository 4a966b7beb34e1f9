import type { Settings } from "../../config/settings.ts";
import { messageOf } from "../../process/command.ts";
import { askInstance, ForeignHolder } from "../../daemon/instance/instance_lock.ts";
import { findWindows } from "../../daemon/open/open_windows.ts";
import { attempt } from "../attempt.ts";
import { type Finding, unknown } from "../finding.ts";
import { ENTRY_CHECKS } from "./entry_checks.ts";
import { GUEST_CHECKS } from "./guest_checks.ts";
import type { Machine } from "./machine.ts";
import { REALTIME_CHECKS } from "./realtime_checks.ts";
import { RULE_CHECKS } from "./rule_checks.ts";
import { WINDOWS_CHECKS } from "./windows_checks.ts";
import { readWindowsFacts } from "../windows_facts.ts";

/** How long finding Windows, and how long any check may take, in milliseconds. */
const FIND_MS = 20_000, CHECK_MS = 45_000;

/** Runs every check of the machine side by side. Their order is that of the list, not of their ends. Never rejects. */
export async function examineMachine(settings: Settings): Promise<Finding[]> {
  const windows = attempt(() => findWindows(), FIND_MS);
  const facts = windows.then(async (found) =>
    "error" in found ? found : { value: await readWindowsFacts(found.value) }
  );
  const machine: Machine = { settings, ...await askHolder(), windows, facts };
  const checks = [...WINDOWS_CHECKS, ...GUEST_CHECKS, ...REALTIME_CHECKS, ...ENTRY_CHECKS, ...RULE_CHECKS];
  const findings = await Promise.all(checks.map(async ({ name, run }) => {
    const done = await attempt(async () => await run(machine), CHECK_MS);
    return "error" in done ? unknown(name, done.error) : done.value;
  }));
  return findings.filter((finding) => finding !== null);
}

async function askHolder(): Promise<Pick<Machine, "instance" | "stranger">> {
  try {
    return { instance: await askInstance(), stranger: null };
  } catch (error) {
    if (error instanceof ForeignHolder) return { instance: null, stranger: error.message };
    return { instance: null, stranger: messageOf(error) };
  }
}
