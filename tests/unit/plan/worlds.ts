import { endpointAt } from "../../../src/net/endpoint.ts";
import { type Claim, claimOn } from "../../../src/plan/claims/claim.ts";
import { claimedEntries } from "../../../src/plan/claims/claim_index.ts";
import { desiredRules } from "../../../src/plan/desired/desired_rules.ts";
import { type Entry, entryKey, entryOf } from "../../../src/plan/rules/entry.ts";
import type { SeenListener } from "../../../src/plan/desired/forward.ts";
import type { HostListener, HostView } from "../../../src/plan/desired/host_view.ts";
import type { FirewallScope } from "../../../src/plan/claims/opening.ts";
import type { Policy } from "../../../src/plan/desired/policy.ts";
import type { Rule } from "../../../src/plan/rules/rule.ts";
import type { Random } from "../random.ts";
import type { Model } from "./model.ts";
import { entry, excluding, FREE_HOST, GUEST, OWNER, policyOf, ports, STRANGER, taking } from "./samples.ts";

const PORTS = [80, 81, 443, 3000, 3001, 8080] as const;
const SCOPES: readonly FirewallScope[] = [
  { profiles: ["private", "domain"], remoteIps: ["localsubnet"] },
  { profiles: "any", remoteIps: ["any"] },
];
const PROGRAMS = ["node", "python3", "miner", "unknown"] as const;

/** Everything that decides about rules, drawn at random from a small world so that things meet. */
export interface World {
  readonly listeners: readonly SeenListener[];
  readonly policy: Policy;
  readonly guest: string;
  readonly taken: readonly HostListener[];
  readonly excluded: HostView["excluded"];
  readonly pending: ReadonlySet<string>;
  /** What Windows holds: entries of ours, half-made ones, edited ones, and those of others. */
  readonly model: Model;
}

/** A world. */
export function makeWorld(random: Random): World {
  return {
    listeners: makeListeners(random),
    policy: makePolicy(random),
    guest: random.pick([GUEST, GUEST, "172.23.21.233"]),
    taken: random.list(
      random.int(0, 2),
      () =>
        taking(
          random.pick(["0.0.0.0", "127.0.0.1", "192.168.1.5"]),
          random.pick(PORTS),
          random.int(1, 9999),
        ),
    ),
    excluded: excluding(random.pick(["", "", "80-81", "3000"])),
    pending: new Set(random.list(random.int(0, 2), () => `tcp ${random.pick(PORTS)}`)),
    model: makeModel(random),
  };
}

/** Sockets, several on a port at times. */
export function makeListeners(random: Random): SeenListener[] {
  const addresses = ["0.0.0.0", "0.0.0.0", GUEST, "127.0.0.1", "172.17.0.1"];
  const addresses6 = ["::", "::", "::1", "fd00::1", "::ffff:0.0.0.0", "::ffff:127.0.0.1"];
  return random.list(random.int(0, 8), () => {
    const family = random.pick([4, 6] as const);
    const name = random.pick([null, ...PROGRAMS]);
    return {
      protocol: "tcp",
      family,
      address: random.pick(family === 4 ? addresses : addresses6),
      port: random.pick(PORTS),
      inode: random.int(1, 10_000_000),
      uid: 0,
      v6only: family === 6 && random.chance(0.2),
      program: name === null ? null : { pid: 1, name, aliases: [] },
    };
  });
}

/** What a user may want. */
export function makePolicy(random: Random): Policy {
  const some = <T>(values: readonly T[]) => values.filter(() => random.chance(0.3));
  return policyOf({
    reach: random.pick(["forwarded", "forwarded", "forwarded", "direct"]),
    listenAddresses: [random.pick(["0.0.0.0", "0.0.0.0", "192.168.1.5"])],
    scope: random.pick(SCOPES),
    allowPrograms: random.chance(0.3) ? some(PROGRAMS) : [],
    denyPrograms: random.chance(0.3) ? some(PROGRAMS) : [],
    allowPorts: ports(random.pick(["", "", "80", "3000-3001"])),
    denyPorts: ports(random.pick(["", "", "81", "3000"])),
    fixedPorts: ports(random.pick(["", "", "443", "80,3000"])),
    portMaps: random.list(
      random.int(0, 2),
      () => ({ hostPort: random.pick(PORTS), guestPort: random.pick(PORTS) }),
    ),
  });
}

function makeRule(random: Random): Rule {
  const listen = endpointAt("tcp", random.pick(["0.0.0.0", "0.0.0.0", "192.168.1.5"]), random.pick(PORTS));
  const to = random.pick([GUEST, GUEST, "172.23.21.233", null]), port = random.pick(PORTS);
  return {
    listen,
    target: to === null ? { kind: "direct" } : { kind: "proxy", to: endpointAt("tcp", to, port) },
  };
}

/** What Windows may hold after runs that ended anywhere, edits by hand, and the work of others. */
export function makeModel(random: Random): Model {
  const entries = new Map<string, Entry>();
  const claims: Claim[] = [];
  const put = (entry: Entry) => entries.set(entryKey(entry), entry);
  for (let i = random.int(0, 6); i > 0; i--) {
    const rule = makeRule(random), owner = random.chance(0.2) ? STRANGER : OWNER;
    if (random.chance(0.8)) claims.push(claimOn([rule], owner, random.pick(SCOPES)));
    const made = entryOf(rule);
    if (made === null) continue;
    if (random.chance(0.7)) put(made);
    if (random.chance(0.1)) put({ ...made, connect: { ...made.connect, port: "30000-50000" } });
  }
  for (let i = random.int(0, 3); i > 0; i--) {
    const listen = random.pick(["*", "0.0.0.0", "127.0.0.1", "nas.local"]);
    const listenPort = random.pick(["80", "81", "3000", "30000-50000", "x"]);
    const connect = random.pick(["192.168.7.7", "nas.local", "127.0.0.1"]);
    put(entry(`${listen}:${listenPort} -> ${connect}:${random.pick(["22", "80", "*"])}`));
  }
  return { entries: [...entries.values()], claims: random.shuffle(claims) };
}

/** What should be in a world, given what Windows holds by now. */
export function desiredIn(world: World, model: Model) {
  const claimed = claimedEntries(model.claims.filter((claim) => claim.owner === OWNER));
  const foreign = model.entries.filter((entry) => !claimed.has(entry));
  const { taken, excluded } = world;
  const desired = desiredRules(
    world.listeners,
    world.policy,
    world.guest,
    { ...FREE_HOST, foreign, taken, excluded },
    world.pending,
  );
  return {
    ...desired,
    claims: desired.forwards.map(({ rules }) => claimOn(rules, OWNER, world.policy.scope)),
  };
}
