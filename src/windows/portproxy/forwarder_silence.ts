import type { HostPorts } from "../../contracts/host.ts";
import type { HostListener } from "../../plan/desired/host_view.ts";
import type { Entry } from "../../plan/rules/entry.ts";

/** How long IP Helper has to listen for an entry that was made, in milliseconds (assumed: it takes far less). */
const LISTEN_MS = 3000;

/**
 * Tells an IP Helper that runs and listens for none of our entries: to others that is the same as one that is stopped
 * (go-wsl2-host#55 met it). One that listens for some of them works; a port may have its own reason.
 */
export class ForwarderSilence {
  #changedMs = -Infinity;
  #isSilent = false;

  /** Entries were changed just now. */
  noteChange(): void {
    this.#changedMs = performance.now();
  }

  /** What counts as running. `own`: our entries that are there, of which most often one is looked at; `heard`: where IP Helper listens. */
  judge(
    { taken, isForwarderRunning, heard }: HostPorts & { readonly heard: readonly HostListener[] },
    own: Iterable<Entry>,
  ): HostPorts {
    if (hearsOne(own, heard)) this.#isSilent = false;
    else if (performance.now() - this.#changedMs >= LISTEN_MS) this.#isSilent = true;
    return { taken, isForwarderRunning: isForwarderRunning && !this.#isSilent };
  }
}

/** Whether one of these listens, or there is none. Of UDP IP Helper has none. */
function hearsOne(own: Iterable<Entry>, heard: readonly HostListener[]): boolean {
  const ports = new Set<number | string>(heard.map(({ port }) => port));
  let isNone = true;
  for (const { listen } of own) {
    if (listen.protocol !== "tcp") continue;
    if (ports.has(listen.port)) return true;
    isNone = false;
  }
  return isNone;
}
