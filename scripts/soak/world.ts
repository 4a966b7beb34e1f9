/** A lab, and what it should look like: what the steps of a soak change, they note here. */
import { entryLine, forwarding, holdings, udpForwarding } from "../../tests/end_to_end/holdings.ts";
import { GUEST_ADDRESS, type GuestServer } from "../../tests/simulated/guest.ts";
import type { Lab } from "../../tests/simulated/lab.ts";
import type { RunningProgram } from "../../tests/simulated/running_program.ts";
import type { PortproxyEntry, WindowsState } from "../../tests/simulated/windows/model.ts";

/** The ports that a soak plays with. */
export const PORTS: readonly number[] = Array.from({ length: 24 }, (_, i) => 21_000 + i);

/** Those of UDP services; some are TCP ports as well, which are others. */
export const UDP_PORTS: readonly number[] = PORTS.slice(0, 8);

/** What others connect by. */
export type SoakFamily = "v4" | "v6";

/** Both. */
export const FAMILIES: readonly SoakFamily[] = ["v4", "v6"];

/** What an entry of somebody else is found by. */
export function foreignKey(family: SoakFamily, port: number): string {
  return `${family} ${port}`;
}

/** How long it may take at most until rules equal what should be: two reads of a pending port 30 s apart, and more. */
const QUIET_MS = 240_000;

/** A server in the guest. */
export interface Server {
  readonly server: GuestServer;
  /** Whether it can be reached from outside the guest. */
  readonly isOpen: boolean;
}

/** A UDP service in the guest. */
export interface UdpService {
  /** Closes it. */
  close(): Promise<void>;
}

/** A lab with wslfwd in it, and what should be there. */
export class World {
  readonly lab: Lab;
  readonly servers = new Map<number, Server>();
  readonly udpServices = new Map<number, UdpService>();
  /** Entries of others, by their listen side: see {@link foreignKey}. */
  readonly foreign = new Map<string, PortproxyEntry>();
  readonly services = new Set<number>();
  guestAddress: string = GUEST_ADDRESS;
  program: RunningProgram | null = null;
  /** How long the last quiet moment was waited for, in milliseconds. */
  longestQuietMs = 0;
  readonly #args: readonly string[];
  readonly #history: string[] = [];

  /** `args`: wslfwd's. */
  constructor(lab: Lab, args: readonly string[]) {
    this.lab = lab;
    this.#args = args;
  }

  /** Notes what happens, to be told where it ends badly. */
  note(what: string): void {
    this.#history.push(`${new Date().toISOString()} ${what}`);
  }

  /** Starts wslfwd and waits until it is ready. */
  async start(): Promise<void> {
    this.note("wslfwd starts");
    this.program = this.lab.wslfwd(["--json", ...this.#args]);
    await this.program.waitForEvent("ready", () => true, QUIET_MS);
  }

  /** Ends wslfwd by a signal, and waits until nothing of it is left but what is others'. */
  async end(signal: Deno.Signal): Promise<void> {
    await this.program?.kill(signal);
    await this.program?.exit;
    this.note(`wslfwd has ended by ${signal}`);
    this.program = null;
    await this.waitForQuiet();
  }

  /** What Windows should hold now. */
  wanted(): string[] {
    const others = [...this.foreign.values()].map(entryLine);
    if (this.program === null) return others.sort();
    const ours = this.reachable().flatMap(({ port, families }) => {
      const only = families.length === 1 ? { only: families[0]! } : {};
      return forwarding(port, { to: this.guestAddress, hasIpv6: true, ...only });
    });
    const udp = this.udpPorts().map((port) => udpForwarding(port, { to: this.guestAddress, hasIpv6: true }));
    return [...others, ...ours, ...udp].sort();
  }

  /** The UDP ports that should answer on the LAN. */
  udpPorts(): number[] {
    return this.#args.includes("--udp") ? [...this.udpServices.keys()] : [];
  }

  /** The ports that should answer on the LAN, and by which families. */
  reachable(): { readonly port: number; readonly families: readonly SoakFamily[] }[] {
    return [...this.servers].flatMap(([port, { isOpen }]) => {
      const families = FAMILIES.filter((family) => !this.foreign.has(foreignKey(family, port)));
      return isOpen && families.length > 0 && !this.services.has(port) ? [{ port, families }] : [];
    });
  }

  /** Waits until Windows holds what it should. Throws, and shows the difference, where it does not in time. */
  async waitForQuiet(): Promise<void> {
    const wanted = JSON.stringify(this.wanted());
    const started = performance.now();
    try {
      await this.lab.windows.waitFor((state) => JSON.stringify(holdings(state)) === wanted, QUIET_MS);
    } catch {
      const difference = this.#describeDifference(await this.lab.windows.state());
      throw new Error(`Windows is not as it should be:\n${difference}\n${await this.#describeRun()}`);
    }
    this.longestQuietMs = Math.max(this.longestQuietMs, performance.now() - started);
  }

  /** Checks that Windows complained of nothing and that no service of Windows was reached. */
  async checkComplaints(): Promise<void> {
    const { refusals, violations, exposures } = await this.lab.windows.state();
    const complaints = [...refusals, ...violations, ...exposures.map((exposure) => JSON.stringify(exposure))];
    if (complaints.length > 0) throw new Error(`Windows complains:\n${complaints.join("\n")}`);
  }

  /** What happened last, what netsh did meanwhile, and what wslfwd says of itself. */
  async #describeRun(): Promise<string> {
    const lines = (await this.lab.windows.calls()).flatMap(({ id, lines, clientGoneAt }) =>
      lines.map(({ text, at, succeeded }) => {
        const isLate = clientGoneAt !== null && clientGoneAt <= at;
        const how = `${succeeded ? "" : " (failed)"}${isLate ? " (its client was gone)" : ""}`;
        return `${new Date(at).toISOString()}   netsh ${id}: ${text}${how}`;
      })
    );
    const changes = lines.filter((line) => !line.includes(" show "));
    const all = [...this.#history.slice(-40), ...changes.slice(-150)].sort();
    const { stdout, stderr } = await this.lab.wslfwd(["status"]).exit;
    return [...all, stdout, stderr].join("\n");
  }

  #describeDifference(state: WindowsState): string {
    const held = new Set(holdings(state)), wanted = new Set(this.wanted());
    const missing = [...wanted].filter((line) => !held.has(line)).map((line) => `  missing: ${line}`);
    const surplus = [...held].filter((line) => !wanted.has(line)).map((line) => `  too much: ${line}`);
    const said = this.program?.lines.slice(-12).map((line) => `  said: ${line}`) ?? [];
    return [...missing, ...surplus, ...said].join("\n");
  }
}
