import type { Settings } from "../../config/settings.ts";
import type { InstanceAnswer } from "../../daemon/instance/instance_lock.ts";
import type { Windows } from "../../daemon/open/open_windows.ts";
import type { Attempt } from "../attempt.ts";
import type { Finding } from "../finding.ts";
import type { WindowsFacts } from "../windows_facts.ts";

/** What every check of the machine may ask; what is asked twice is read once. */
export interface Machine {
  /** What the user wants. */
  readonly settings: Settings;
  /** What the running wslfwd says of itself; null where none runs. */
  readonly instance: InstanceAnswer | null;
  /** Where something that is no wslfwd holds the lock: what to do about it; else null. */
  readonly stranger: string | null;
  /** Windows. Never rejects. */
  readonly windows: Promise<Attempt<Windows>>;
  /** What Windows says. Never rejects. */
  readonly facts: Promise<Attempt<WindowsFacts>>;
}

/** One check of the machine: what it found; null where it does not apply. */
export interface MachineCheck {
  /** A word that stands for it, the same as in its finding. */
  readonly name: string;
  /** Runs it. May reject: that is a finding, too. */
  readonly run: (machine: Machine) => Promise<Finding | null> | Finding | null;
}
