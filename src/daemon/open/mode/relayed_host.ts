import { isLoopback } from "../../../net/address.ts";
import { openingOf } from "../../../plan/claims/claim.ts";
import { openingKey } from "../../../plan/claims/opening.ts";
import type { Operation } from "../../../plan/changes/operation.ts";
import { DelegatingHost } from "../../../contracts/delegating_host.ts";
import type { ApplyReport, Host, HostCheck } from "../../../contracts/host.ts";
import type { EventSink } from "../../../reconcile/events.ts";

/** How long WSL has to listen on Windows for what listens in the guest, in milliseconds. */
const BIND_MS = 2000;

/**
 * A host on which WSL itself listens for the guest (virtioproxy, consomme). Looks after each change whether it does: an open firewall alone lets nobody in.
 */
export class RelayedHost extends DelegatingHost {
  readonly #mode: string;
  readonly #emit: EventSink;
  /** Openings (`openingKey`) of which it was said that nobody listens. */
  readonly #missing = new Set<string>();
  #isLookDue = false;

  /** `mode`: as it is told. */
  constructor(host: Host, mode: string, emit: EventSink) {
    super(host);
    this.#mode = mode;
    this.#emit = emit;
  }

  /** As the host's; some time after, it is looked whether Windows listens where the firewall is open now. */
  override async apply(plan: readonly Operation[], signal?: AbortSignal): Promise<ApplyReport> {
    const report = await super.apply(plan, signal);
    if (plan.some(({ kind }) => kind === "add-claim")) this.#lookLater();
    return report;
  }

  #lookLater(): void {
    if (this.#isLookDue) return;
    this.#isLookDue = true;
    const look = async () => {
      this.#isLookDue = false;
      // A look that fails is made up for by the next.
      const checked = await super.check().catch(() => null);
      if (checked !== null) this.#tell(findMissing(checked));
    };
    // Nothing waits for it, nor should the end of wslfwd.
    Deno.unrefTimer(setTimeout(look, BIND_MS));
  }

  #tell(missing: readonly Missing[]): void {
    const keys = new Set(missing.map(({ key }) => key));
    for (const key of this.#missing) if (!keys.has(key)) this.#missing.delete(key);
    for (const { key, port } of missing) {
      if (this.#missing.has(key)) continue;
      this.#missing.add(key);
      const message =
        `Windows does not listen on port ${port}, which is open: in networking mode ${this.#mode} WSL itself ` +
        "should, for the program in the guest; update it (wsl --update), or set networkingMode=nat";
      this.#emit({ type: "notice", code: "not-relayed", message });
    }
  }
}

interface Missing {
  readonly key: string;
  readonly port: number | string;
}

/** What is open, and nobody of Windows listens there for the LAN. */
function findMissing({ claims, taken }: HostCheck): Missing[] {
  const outside = taken.filter(({ address }) => !isLoopback(address));
  const listening = new Set(outside.map(openingKey));
  return claims.map(openingOf).flatMap((opening) => {
    const key = openingKey(opening);
    return listening.has(key) ? [] : [{ key, port: opening.port }];
  });
}
