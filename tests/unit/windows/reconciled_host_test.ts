import { deepStrictEqual as equal } from "node:assert/strict";
import type { HeldClaim } from "../../../src/plan/claims/claim.ts";
import { entryKey, formatEntry } from "../../../src/plan/rules/entry.ts";
import { Reconciler } from "../../../src/reconcile/reconciler.ts";
import { ClosedGate } from "../../../src/contracts/closed_gate.ts";
import { WindowsHost } from "../../../src/windows/portproxy/windows_host.ts";
import {
  entry,
  GUEST,
  IPV4_POLICY,
  listening,
  namedBy,
  OWNER,
  rule,
  STRANGER,
  withoutProgram,
} from "../plan/samples.ts";
import { FakeClock } from "../time/fake_clock.ts";
import { forAllAsync, type Random } from "../random.ts";
import { FakePrograms, type Fault, OWNED } from "./fake_programs.ts";

const PORTS = [80, 81, 3000] as const;

/** A reconciler over the words that it exchanges with Windows' programs. */
class Exchange {
  readonly clock = new FakeClock();
  readonly programs: FakePrograms;
  ports = new Set<number>();
  readonly #reconciler: Reconciler;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(folder: string | null) {
    this.programs = new FakePrograms(folder);
    this.#reconciler = new Reconciler({
      listeners: {
        name: "netlink",
        snapshot: () =>
          [...this.ports].map((port) => withoutProgram({ ...listening(`0.0.0.0:${port}`), inode: port })),
        close() {},
      },
      programs: {
        resolve: () => Promise.resolve(),
        programOf: () => null,
        wasLookedUp: () => true,
        hintName() {},
        close() {},
      },
      address: {
        current: () =>
          Promise.resolve({ address: GUEST, interfaceName: "eth0", gateway: "172.20.0.1", warning: null }),
      },
      gate: new ClosedGate("none"),
      host: new WindowsHost(this.programs, OWNED),
      policy: IPV4_POLICY,
      owner: OWNER,
      lingerMs: 0,
      intervalMs: 500,
      clock: this.clock,
      emit: () => {},
    });
    this.#running = this.#reconciler.run(this.#stop.signal, this.#stop.signal);
  }

  /** Lets so much time pass, and what is done about it: files and programs take turns of their own. */
  async wait(ms: number): Promise<void> {
    const stepMs = ms > 10_000 ? 1000 : 250;
    for (let passed = 0; passed < ms; passed += stepMs) {
      const before = this.programs.calls.length;
      await this.clock.advance(stepMs);
      for (let i = 0; i < 20 && (i < 2 || this.programs.calls.length > before); i++) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        await this.clock.advance(0);
      }
    }
  }

  /** Ends it, and removes what is ours. */
  async end(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    const removing = this.#reconciler.removeAll();
    await this.wait(40_000);
    await removing;
  }

  /** Our entries, our claims, and all the rest, as text. */
  get state() {
    const { entries, claims } = this.programs;
    const ours = new Set(claims.filter(({ owner }) => owner === OWNER).map(namedBy));
    const texts = entries.map(formatEntry).sort();
    return {
      ours: texts.filter((text) => ours.has(text)),
      claims: [...ours].sort(),
      foreign: texts.filter((text) => !ours.has(text)),
    };
  }
}

async function withExchange(hasDrive: boolean, check: (exchange: Exchange) => Promise<void>): Promise<void> {
  const folder = hasDrive ? await Deno.makeTempDir() : null;
  try {
    await check(new Exchange(folder));
  } finally {
    if (folder !== null) await Deno.remove(folder, { recursive: true });
  }
}

const forwards = (ports: Iterable<number>) =>
  [...ports].map((port) => `0.0.0.0:${port} -> ${GUEST}:${port}`).sort();

function makeFault(random: Random): (call: string) => Fault | null {
  const fault = random.pick<Fault>([
    "start",
    "output",
    { exitCode: 1 },
    { exitCode: 1, stdout: "garbage" },
    { exitCode: 0, stdout: "\r\n\r\nOk.\r\n" },
  ]);
  let count = random.int(1, 3);
  const program = random.pick(["netsh.exe", "reg.exe", "netstat.exe", "netsh.exe -f"]);
  return (call) => call.startsWith(program) && count-- > 0 ? fault : null;
}

for (const hasDrive of [true, false]) {
  Deno.test(`Reconciler and WindowsHost keep rules, ${hasDrive ? "by scripts" : "by single commands"}`, async () => {
    await forAllAsync(3, async (random) => {
      await withExchange(hasDrive, async (exchange) => {
        const { programs, ports } = exchange;
        programs.failsScripts = random.chance(0.7);
        const foreign = [entry("*:81 -> nas.local:81"), entry("0.0.0.0:9 -> 192.168.7.7:30000-50000")]
          .filter(() => random.chance(0.5));
        programs.entries = [...foreign];
        const theirs: HeldClaim = {
          name: "wslfwd-7-0000000a",
          owner: STRANGER,
          rules: [rule(`0.0.0.0:7 -> ${GUEST}:7`)],
        };
        programs.claims = [theirs];
        await exchange.wait(1000);
        for (let i = 0; i < 6; i++) {
          const port = random.pick(PORTS);
          if (random.chance(0.6)) ports.add(port);
          else ports.delete(port);
          if (random.chance(0.4)) programs.intercept = makeFault(random);
          await exchange.wait(random.pick([500, 1000]));
        }
        programs.intercept = () => null;
        // A netsh of which the end is not known is waited for, and what failed is tried again within half a minute.
        await exchange.wait(130_000);
        const held = new Set(foreign.map(({ listen }) => Number(listen.port)));
        const wanted = forwards([...ports].filter((port) => !held.has(port)));
        equal(exchange.state, { ours: wanted, claims: wanted, foreign: foreign.map(formatEntry).sort() });
        await exchange.end();
        equal(exchange.state, { ours: [], claims: [], foreign: foreign.map(formatEntry).sort() });
        equal(programs.claims, [theirs]);
        equal(new Set(programs.entries.map(entryKey)).size, programs.entries.length);
      });
    });
  });
}
