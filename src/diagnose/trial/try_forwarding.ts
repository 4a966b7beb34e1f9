import type { Settings } from "../../config/settings.ts";
import type { HostSnapshot } from "../../contracts/host.ts";
import { openAddressSource } from "../../daemon/open/open_reconciler.ts";
import type { Windows } from "../../daemon/open/open_windows.ts";
import { ANY_IPV4 } from "../../net/address.ts";
import { endpointAt } from "../../net/endpoint.ts";
import { type Claim, claimOn } from "../../plan/claims/claim.ts";
import { entryOf } from "../../plan/rules/entry.ts";
import type { Operation } from "../../plan/changes/operation.ts";
import { failed, type Finding, note, ok } from "../finding.ts";
import { connectFromWindows } from "../windows_facts.ts";
import { TrialServer } from "./trial_server.ts";

/** Where spare ports are looked for: below those that Windows and Linux hand out by themselves. */
const FIRST_PORT = 21_400, LAST_PORT = 21_499;

/** What a trial tells as it goes, and asks. */
export interface TrialTalk {
  /** Called with each step once it is done, with how long it took, in milliseconds. */
  readonly tell: (finding: Finding, durationMs: number) => void;
  /**
   * Asks whoever sits there for another device, and tells them what to type on it. Resolves with false where they have none;
   * else with true, when they give up or `came` resolves: when a connection has come.
   */
  readonly askDevice: (port: number, came: Promise<void>) => Promise<boolean>;
}

/**
 * Makes one rule for a spare port, connects through it from Windows and, where there is one, from another device, and removes
 * it again, whatever happens in between. To be called under the lock, elevated. Resolves with whether all of it worked. Throws
 * SnapshotError and HostError where Windows cannot be read or changed.
 */
export async function tryForwarding(windows: Windows, settings: Settings, talk: TrialTalk): Promise<boolean> {
  const steps = new Steps(talk);
  const before = await steps.take(async () => {
    const snapshot = await windows.host.snapshot();
    return [snapshot, ok("read", `Windows holds ${snapshot.entries.length} entries`)];
  });
  using server = openServer(before);
  const claim = await claimFor(windows, settings, server.port);
  try {
    await steps.take(async () => {
      const { succeeded } = await windows.host.apply([
        { kind: "add-claim", claim },
        ...entriesOf(claim, "add-entry"),
      ]);
      return [
        null,
        succeeded
          ? ok("make", `port ${server.port} was made`)
          : failed("make", "Windows refused a line", "wslfwd doctor"),
      ];
    });
    await steps.take(async () => [null, await connect(windows, server)]);
    const device = performance.now();
    if (await talk.askDevice(server.port, server.waitForOutsider)) {
      const finding = server.outsiders > 0 ? ok("device", "the other device was here") : failed(
        "device",
        "no other device came through",
        `wslfwd why ${server.port}, while something listens there`,
      );
      steps.note(finding, performance.now() - device);
    }
  } finally {
    await steps.take(async () => {
      await windows.host.apply([...entriesOf(claim, "delete-entry"), { kind: "delete-claim", claim }]);
      return [null, await checkGone(windows, before)];
    });
    await windows.host.removeScripts();
  }
  return steps.areFine;
}

/** Runs steps, measures them and tells of them. */
class Steps {
  areFine = true;
  constructor(readonly talk: TrialTalk) {}

  async take<T>(run: () => Promise<readonly [T, Finding]>): Promise<T> {
    const started = performance.now(), [value, finding] = await run();
    this.note(finding, performance.now() - started);
    return value;
  }

  note(finding: Finding, durationMs: number): void {
    this.areFine &&= finding.mark !== "failed";
    this.talk.tell(finding, durationMs);
  }
}

/** On a port that neither Windows nor the guest has. Throws where there is none. */
function openServer({ taken, entries, excluded }: HostSnapshot): TrialServer {
  for (let port = FIRST_PORT; port <= LAST_PORT; port++) {
    const isHeld = taken.some((each) => each.protocol === "tcp" && each.port === port) ||
      excluded.tcp[4].has(port) ||
      entries.some(({ listen }) => listen.port === port);
    if (isHeld) continue;
    try {
      return new TrialServer(port);
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  throw new Error(`Cannot try: every port from ${FIRST_PORT} to ${LAST_PORT} is taken`);
}

async function claimFor({ mode, owner }: Windows, settings: Settings, port: number): Promise<Claim> {
  const listen = endpointAt("tcp", ANY_IPV4, port);
  if (mode === "mirrored") {
    return claimOn([{ listen, target: { kind: "direct" } }], owner, settings.policy.scope);
  }
  const { address } = await openAddressSource(settings).current();
  const to = endpointAt("tcp", address, port);
  return claimOn([{ listen, target: { kind: "proxy", to } }], owner, settings.policy.scope);
}

function entriesOf({ rules }: Claim, kind: "add-entry" | "delete-entry"): Operation[] {
  return rules.flatMap((rule) => entryOf(rule) ?? []).map((entry) => ({ kind, entry }));
}

async function connect({ programs }: Windows, server: TrialServer): Promise<Finding> {
  const connection = await connectFromWindows(programs, "127.0.0.1", server.port);
  if ("error" in connection) return note("connect", `Windows' curl.exe cannot be asked: ${connection.error}`);
  // Windows takes a connection before it has found out whether anybody is behind it.
  const isThrough = connection.value && await server.waitForConnection();
  return isThrough
    ? ok("connect", "a connection from Windows came through")
    : failed("connect", "no connection from Windows came through", "wslfwd doctor; is IP Helper running?");
}

async function checkGone({ host }: Windows, before: HostSnapshot): Promise<Finding> {
  const after = await host.snapshot();
  return after.entries.length <= before.entries.length && after.claims.length <= before.claims.length
    ? ok("remove", "nothing of it is left")
    : failed("remove", "something of it is left", "wslfwd --clean-rules");
}
