import { deepStrictEqual as equal } from "node:assert/strict";
import { openingOf } from "../../../src/plan/claims/claim.ts";
import { desiredRules } from "../../../src/plan/desired/desired_rules.ts";
import { type Entry, entryKey, formatEntry, formatPlace } from "../../../src/plan/rules/entry.ts";
import { formatRule } from "../../../src/plan/rules/rule.ts";
import {
  claim,
  entry,
  excluding,
  FREE_HOST,
  GUEST,
  IPV4_POLICY,
  listening,
  namedBy,
  OWNER,
  taking,
} from "../plan/samples.ts";
import type { FakeHost } from "./fake_host.ts";
import { forAllAsync, type Random } from "../random.ts";
import { hold, Rig, tell } from "./rig.ts";

/** For how long an entry that was refused is left alone at most, in milliseconds, and some more. */
const MAX_REFUSED_MS = 900_000;

const PORTS = [80, 81, 82, 443, 3000, 8080] as const;

/** A reconciler, and somebody who does with its world what they like. */
class Walk {
  readonly rig: Rig;
  readonly #random: Random;
  /** What others made, by key: it must stay as it is. */
  readonly #foreign = new Map<string, Entry>();
  /** The addresses of Windows that are listened on. */
  readonly #listenAddresses: readonly string[];

  constructor(random: Random, listenAddresses: readonly string[]) {
    this.#random = random;
    this.#listenAddresses = listenAddresses;
    this.rig = new Rig({
      policy: { listenAddresses },
      lingerMs: random.pick([0, 200, 1000]),
      intervalMs: random.pick([500, 30_000]),
    });
    // What nobody saw, nobody can put back: an entry that is made and, before the next read, run over by a netsh that
    // does not say what it did.
    this.rig.host.sparesUnseen = true;
    this.rig.host.looksAfter = random.pick([0, 0.5, 1]);
    for (let i = random.int(0, 3); i > 0; i--) this.#intrude(this.#anyKey());
    if (random.chance(0.5)) hold(this.rig.host, `0.0.0.0:9000 -> ${GUEST}:9000`);
    if (random.chance(0.5)) this.rig.host.putClaim(claim(textOn(9001)));
  }

  /** One thing happens. */
  step(): void {
    const { rig, ...walk } = { rig: this.rig, random: this.#random };
    const { host } = rig, { random } = walk;
    const port = random.pick(PORTS);
    const acts: readonly (() => void)[] = [
      () => rig.open(`0.0.0.0:${port}`),
      () =>
        rig.open(random.pick([`[::]:${port}`, `127.0.0.1:${port}`, `172.17.0.1:${port}`, `[::]:${port}!`])),
      () => rig.close(port),
      // Nobody tells: only the interval or the next verification finds it.
      () => void rig.listeners.push(listening(`0.0.0.0:${port}`)),
      () => rig.listeners = rig.listeners.filter((listener) => listener.port !== port),
      () => rig.wake([], "lost"),
      () => this.#intrude(this.#anyKey()),
      () => this.#withdraw(),
      () => this.#vanish(port),
      () => host.taken = random.chance(0.5) ? [] : [taking("0.0.0.0", port, 4)],
      () => host.excluded = random.chance(0.7) ? excluding("") : excluding(`${port}`),
      () => rig.clock.suspend(random.pick([10_000, 3_600_000, -60_000])),
      () => this.#moveGuest(),
      () => rig.listenersFault = random.chance(0.5) ? "x" : null,
      () => rig.addressFault = random.chance(0.5) ? "x" : null,
      () => host.readFault = random.chance(0.5) ? "x" : null,
      () => this.#breakApply(),
      () => this.#race(),
    ];
    random.pick(acts)();
  }

  /** Everything works again, and some time passes. */
  async calmDown(): Promise<void> {
    const { rig } = this;
    rig.listenersFault = rig.addressFault = rig.host.readFault = null;
    rig.host.faults.length = 0;
    rig.host.lastingFault = null;
    rig.host.onApply = () => {};
    // The guest's address is not looked at without a wake.
    rig.wake([], "address");
    await rig.clock.advance(this.#listenAddresses.length > 1 ? MAX_REFUSED_MS : 200_000);
  }

  /** Rules are what should be, and what others made is untouched. */
  check(): void {
    const { host, listeners, address } = this.rig;
    const foreign = [...this.#foreign.values()];
    const { taken, excluded } = host;
    const { forwards } = desiredRules(
      listeners,
      { ...IPV4_POLICY, listenAddresses: this.#listenAddresses },
      address,
      {
        ...FREE_HOST,
        foreign,
        taken,
        excluded,
      },
    );
    const wanted = forwards.flatMap(({ rules }) => rules.map(formatRule));
    equal(host.table, [...wanted, ...foreign.map(formatEntry)].sort());
    equal(host.claimed, forwards.map(({ rules }) => rules.map(formatRule).join(", ")).sort());
    // One that is made anew before anybody has seen that it is still there is there twice, and goes as one.
    const names = host.claims.map(({ name }) => name).filter((name) => !host.keptClaims.has(name));
    equal(names.length, new Set(names).size, "a firewall rule twice");
  }

  /** After the end, nothing of ours is there. */
  checkEnd(): void {
    this.rig.expect([], [...this.#foreign.values()].map(formatEntry));
  }

  #anyKey(): string {
    const own = this.#listenAddresses.map((each) => each === "::" ? "[::]" : each);
    const address = this.#random.pick([...own, ...own, "*", "127.0.0.1"]);
    return `${address}:${this.#random.pick(PORTS)}`;
  }

  #intrude(key: string): void {
    const { host } = this.rig;
    if (isLate(host, key)) return; // What a killed netsh does later, nobody can undo.
    // Run over twice in a row, and a netsh that then does not do what it says: too much to ask.
    if (host.isApplying && this.#foreign.has(key)) return;
    const intruder = entry(`${key} -> 192.168.7.7:${this.#random.int(1, 65535)}`);
    this.#foreign.set(key, intruder);
    host.put(intruder);
  }

  #withdraw(): void {
    const [key] = this.#random.shuffle([...this.#foreign.keys()]);
    // Who makes an entry and takes it away again within one netsh may find it put back.
    if (key === undefined || this.rig.host.isApplying || isLate(this.rig.host, key)) return;
    // It waits to be put back, or that it has been was not seen yet: then it may be put back once more.
    if (!this.rig.host.isSeen || !this.rig.host.table.includes(formatEntry(this.#foreign.get(key)!))) return;
    this.#foreign.delete(key);
    this.rig.host.remove(key);
  }

  /** Somebody removes what is ours, the whole of it. */
  #vanish(port: number): void {
    const { host } = this.rig;
    if (host.lateKeys.includes(`tcp ${port}`)) return;
    const claims = host.claims.filter((claim) => openingOf(claim).port === port);
    const texts = new Set(claims.map(namedBy));
    host.entries = host.entries.filter((entry) => !texts.has(formatEntry(entry)));
    host.claims = host.claims.filter((claim) => openingOf(claim).port !== port);
  }

  #moveGuest(): void {
    this.rig.address = this.#random.pick([GUEST, "172.30.0.2", "172.30.0.3"]);
    if (this.#random.chance(0.8)) this.rig.wake([], "address");
  }

  #breakApply(): void {
    const { host } = this.rig, random = this.#random;
    const kind = random.pick(["add-claim", "add-entry", "delete-entry", "delete-claim"]);
    host.hangMs = random.pick([200, 15_000]);
    host.faults.push(random.pick([
      { kind: "refuse" } as const,
      { kind: "lie" } as const,
      { kind: "mumble" } as const,
      { kind: "fail", operations: (operation) => operation.kind === kind } as const,
      { kind: "fail", operations: () => random.chance(0.5) } as const,
      {
        kind: "hang",
        done: random.int(0, 3),
        late: random.int(0, 4),
        lateMs: random.int(0, 10_000),
      } as const,
    ]));
  }

  /** Somebody else is on one of our keys a moment before we are. */
  #race(): void {
    const { host } = this.rig;
    // Twice within one change, and a netsh that then fails: too much to ask.
    if (host.isApplying) return;
    // Who cannot see what it did, or cannot do more, cannot put it back.
    host.onApply = (plan) => {
      if (host.faults.length > 0 || host.applyMs === 0) return;
      host.onApply = () => {};
      const picked = this.#random.pick(plan);
      const { listen } = "claim" in picked ? picked.claim.rules[0]! : picked.entry;
      this.#intrude(formatPlace(listen));
    };
  }
}

function textOn(port: number): string {
  return `0.0.0.0:${port} -> ${GUEST}:${port}`;
}

/** Whether a netsh that was killed may still change the port of `0.0.0.0:80`. */
function isLate(host: FakeHost, key: string): boolean {
  return host.lateKeys.includes(`tcp ${key.slice(key.lastIndexOf(":") + 1)}`);
}

for (const listenAddresses of [["0.0.0.0"], ["0.0.0.0", "::"]]) {
  const where = listenAddresses.length > 1 ? ", of both families" : "";
  Deno.test(`Reconciler: after whatever happened, rules${where} are what should be, and nothing foreign was touched`, async () => {
    await forAllAsync(
      60 / listenAddresses.length,
      (random) => walkRandomly(new Walk(random, listenAddresses), random),
    );
  });
}

async function walkRandomly(walk: Walk, random: Random): Promise<void> {
  const { rig } = walk;
  await rig.start();
  for (let phase = 0; phase < 3; phase++) {
    for (let i = random.int(1, 25); i > 0; i--) {
      walk.step();
      await rig.clock.advance(random.pick([0, 1, 10, 60, 200, 1500, 20_000]));
    }
    await walk.calmDown();
    walk.check();
  }
  // What is told agrees with what is there.
  const told = new Set<string>();
  for (const event of rig.events) {
    if (event.type === "forwarded") told.add(formatRule(event.rule));
    if (event.type === "removed" || event.type === "released") told.delete(formatRule(event.rule));
  }
  const open = new Set(
    rig.host.claims.filter(({ owner }) => owner === OWNER).map(({ rules }) => formatRule(rules[0]!)),
  );
  equal([...told].sort(), [...open].sort(), tell(rig.events).join("\n"));
  await rig.stop();
  const removing = rig.reconciler.removeAll();
  await rig.clock.advance(10_000);
  await removing;
  walk.checkEnd();
  equal([...new Set(rig.host.entries.map(entryKey))].length, rig.host.entries.length);
}
