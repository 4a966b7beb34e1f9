import type { Operation } from "../plan/changes/operation.ts";
import type {
  ApplyReport,
  Host,
  HostCheck,
  HostGlance,
  HostSnapshot,
  HostWords,
  SnapshotPart,
} from "./host.ts";

/**
 * A host that stands before another one and is the same in all that it does not do otherwise. To a class that extends it the
 * host behind is `super`.
 */
export class DelegatingHost implements Host {
  readonly #behind: Host;

  /** `behind`: who does what is not done here. */
  constructor(behind: Host) {
    this.#behind = behind;
  }

  /** As of the host behind it. */
  get words(): HostWords {
    return this.#behind.words;
  }

  /** As of the host behind it. Throws SnapshotError. */
  snapshot(signal?: AbortSignal, part?: SnapshotPart): Promise<HostSnapshot> {
    return this.#behind.snapshot(signal, part);
  }

  /** As of the host behind it. Throws SnapshotError. */
  check(signal?: AbortSignal): Promise<HostCheck> {
    return this.#behind.check(signal);
  }

  /** As of the host behind it. Never rejects. */
  glance(signal?: AbortSignal): Promise<HostGlance | null> {
    return this.#behind.glance(signal);
  }

  /** As of the host behind it. Never rejects. Hostile text. */
  processName(pid: number): Promise<string | null> {
    return this.#behind.processName(pid);
  }

  /** As of the host behind it. Throws HostError. */
  apply(plan: readonly Operation[], signal?: AbortSignal): Promise<ApplyReport> {
    return this.#behind.apply(plan, signal);
  }
}
