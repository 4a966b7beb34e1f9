import { DelegatingHost } from "../../contracts/delegating_host.ts";
import type { ApplyReport, Host, HostSnapshot, SnapshotPart } from "../../contracts/host.ts";
import type { Operation } from "../../plan/changes/operation.ts";
import type { UndoFile } from "./undo_file.ts";
import { UndoList } from "./undo_list.ts";

/** A host of which a script on Windows tells at every moment what would have to be removed. */
export class GuardedHost extends DelegatingHost {
  readonly #file: UndoFile;
  readonly #list = new UndoList();

  /** `file`: is kept up to date. */
  constructor(host: Host, file: UndoFile) {
    super(host);
    this.#file = file;
  }

  /** As the host's. */
  override async snapshot(signal?: AbortSignal, part?: SnapshotPart): Promise<HostSnapshot> {
    const snapshot = await super.snapshot(signal, part);
    const { entries, claims, unfinished } = snapshot;
    this.#list.noteHeld({ entries, claims: [...claims, ...unfinished] });
    this.write();
    return snapshot;
  }

  /**
   * As the host's. What it makes is in the script before netsh has come as far as its first line: the script is written beside
   * netsh's start, in a hundredth of the time, so that nothing waits for it.
   */
  override async apply(plan: readonly Operation[], signal?: AbortSignal): Promise<ApplyReport> {
    const isLonger = this.#list.noteMaking(plan);
    const applying = super.apply(plan, signal);
    const writing = isLonger ? this.write() : Promise.resolve();
    let isWhole = false;
    try {
      const report = await applying;
      isWhole = report.succeeded;
      return report;
    } finally {
      await writing;
      if (this.#list.noteEnd(plan, isWhole)) this.write();
    }
  }

  /** Writes the script. Never rejects: where it cannot be written, what the watchdog does is out of date. */
  async write(): Promise<void> {
    await this.#file.write(() => this.#list.script).catch(() => {});
  }
}
