import type { Settings } from "../config/settings.ts";
import { ProcPrograms } from "../linux/proc/programs.ts";
import { diffRules } from "../plan/changes/diff_rules.ts";
import type { Operation } from "../plan/changes/operation.ts";
import type { Rejection } from "../plan/desired/rejection.ts";
import type { Entry } from "../plan/rules/entry.ts";
import { NO_PORTS } from "../plan/desired/host_view.ts";
import { afterSnapshot } from "../reconcile/knowledge/after_snapshot.ts";
import { NOTHING_KNOWN } from "../reconcile/knowledge/knowledge.ts";
import { finish } from "../plan/slices.ts";
import { desire, makePlan, UNBOUNDED } from "../reconcile/planning/make_plan.ts";
import { settleAdmissions, wantedAdmissions } from "../plan/loopback/settle_admissions.ts";
import { nameListeners } from "../reconcile/guest/programs.ts";
import type { HostSnapshot } from "../contracts/host.ts";
import { readPredecessorRules, readSlate, sortEntries } from "../windows/portproxy/clean_slate.ts";
import { ABILITIES } from "../windows/portproxy/windows_host.ts";
import type { WslConfig } from "../windows/session/wsl_config.ts";
import type { PerhapsMode } from "../wsl/networking_mode.ts";
import { refuseGate } from "./open/open_gate.ts";
import { openAddressSource, openListeners } from "./open/open_reconciler.ts";
import { policyIn } from "./open/mode/direct_modes.ts";
import { findWindows, openWindows } from "./open/open_windows.ts";
import { needsRelay } from "./open/helper/wanted_helper.ts";
import { openingKey } from "../plan/claims/opening.ts";
import { entriesOf } from "../plan/claims/claim.ts";
import { askInstance } from "./instance/instance_lock.ts";
import { RELAY_ABILITY } from "../windows/helper/relay_host.ts";
import { Refusal } from "./refusal.ts";

/** What would be done now. */
export interface Draft {
  /** The changes that netsh would make, in order. */
  readonly plan: readonly Operation[];
  /** What our program on Windows would relay, and does not yet. */
  readonly relayed: readonly Entry[];
  /** What would not be forwarded. */
  readonly rejections: readonly Rejection[];
  /** What is to be said of the guest's address; null where nothing is. */
  readonly warning: string | null;
  /** Why Windows could not be asked, so that it is taken to hold nothing; null where it was asked. */
  readonly doubt: string | null;
}

const NOTHING: HostSnapshot = {
  abilities: ABILITIES,
  entries: [],
  claims: [],
  foreign: [],
  unread: [],
  taken: [],
  excluded: NO_PORTS,
  isForwarderRunning: true,
  unfinished: [],
};

/**
 * Works out what would be done now and changes nothing; needs no elevation, no lock, and not even Windows. Throws
 * SnapshotError where this guest or Windows cannot be read.
 */
export async function draftPlan(settings: Settings): Promise<Draft> {
  const { snapshot, owner, mode, hasIpv6, wish, doubt } = await readWindows();
  const policy = policyIn({ mode, hasIpv6, wish }, settings.policy);
  const { address, warning, beside } = await openAddressSource(settings).current();
  const { listeners: source } = openListeners(settings), programs = new ProcPrograms();
  try {
    await source.prepare?.();
    const listeners = source.snapshot();
    await programs.resolve(listeners);
    const abilities = needsRelay(settings, { mode })
      ? [...snapshot.abilities, RELAY_ABILITY]
      : snapshot.abilities;
    const running = await readRelayed(snapshot);
    const entries = [...snapshot.entries, ...running];
    // Who has these ports on Windows is our program.
    const ours = new Set(running.map(({ listen }) => openingKey(listen)));
    const taken = snapshot.taken.filter((listener) => !ours.has(openingKey(listener)));
    const known = finish(afterSnapshot(NOTHING_KNOWN, { ...snapshot, abilities, entries, taken }, 0));
    const observation = {
      listeners: nameListeners(listeners, programs),
      guestAddress: address,
      ...beside && { beside },
      nowMs: 0,
    };
    const wanted = finish(desire(observation, known, policy));
    const refusal = refuseGate(settings, mode);
    // Whether the kernel would open services on 127.0.0.1 is not tried: nothing is changed here.
    const open = refusal === null ? wantedAdmissions(wanted.forwards).keys() : [];
    const desired = settleAdmissions(wanted, new Set(open), refusal);
    const wishes = { policy, owner, lingerMs: 0 };
    const { plan } = finish(makePlan(observation, known, wishes, UNBOUNDED, desired));
    const ofRelay = plan.filter(isOfRelay), ofNetsh = plan.filter((operation) => !isOfRelay(operation));
    const relayed = ofRelay.filter(({ kind }) => kind === "add-entry").map(({ entry }) => entry);
    return { plan: ofNetsh, relayed, rejections: desired.rejections, warning, doubt };
  } finally {
    source.close();
    programs.close();
  }
}

/** What the wslfwd that runs has our program on Windows relay, by its claims: the table of Windows does not show it. */
async function readRelayed({ claims }: HostSnapshot): Promise<Entry[]> {
  if (await askInstance().catch(() => null) === null) return [];
  return claims.flatMap(entriesOf).filter(({ listen }) => listen.protocol === "udp");
}

function isOfRelay(operation: Operation): operation is Extract<Operation, { readonly entry: Entry }> {
  return "entry" in operation && operation.entry.listen.protocol === "udp";
}

/** What `--clean-rules` would remove. */
export interface CleaningDraft {
  /** The changes, in order. */
  readonly plan: readonly Operation[];
  /** With `--all`: entries that netsh has to be told of by hand. */
  readonly unsayable: readonly Entry[];
  /** How many firewall rules the predecessor left. */
  readonly predecessorRules: number;
}

/** Works out what `--clean-rules` would do now, `isAll`: with `--all`; changes nothing. Throws Refusal, SnapshotError. */
export async function draftCleaning(isAll: boolean): Promise<CleaningDraft> {
  const { host, programs } = await findWindows();
  if (!isAll) {
    const [snapshot, predecessorRules] = await Promise.all([host.snapshot(), readPredecessorRules(programs)]);
    return { plan: diffRules([], snapshot), unsayable: [], predecessorRules };
  }
  const { entries, claims, predecessorRules } = await readSlate(host, programs);
  const { sayable, unsayable } = sortEntries(entries);
  const plan: Operation[] = [
    ...sayable.map((entry) => ({ kind: "delete-entry", entry }) as const),
    ...claims.map((claim) => ({ kind: "delete-claim", claim }) as const),
  ];
  return { plan, unsayable, predecessorRules };
}

async function readWindows(): Promise<{
  snapshot: HostSnapshot;
  owner: string;
  mode: PerhapsMode;
  hasIpv6: boolean;
  wish: WslConfig | null;
  doubt: string | null;
}> {
  try {
    const { host, owner, mode, hasIpv6 = false, wish } = await openWindows();
    return { snapshot: await host.snapshot(), owner, mode, hasIpv6, wish, doubt: null };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const nobody = { snapshot: NOTHING, owner: "00000000", mode: "nat", hasIpv6: true, wish: null } as const;
    return { ...nobody, doubt: error.message };
  }
}
