import type { Host } from "../../contracts/host.ts";
import type { Settings } from "../../config/settings.ts";
import type { EventSink } from "../../reconcile/events.ts";
import { Helper, type HelperState } from "../../windows/helper/helper.ts";
import { RelayHost } from "../../windows/helper/relay_host.ts";
import { UdpRelay } from "../../windows/helper/udp_relay.ts";
import type { Windows } from "./open_windows.ts";

/** What carries UDP. */
export interface OpenRelay {
  /** A host that carries UDP besides what another one does. */
  carry(behind: Host): Host;
  /** What goes through it. */
  readonly relay: UdpRelay;
  /** Ends our program on Windows and removes its files; nothing is relayed any more. */
  close(): Promise<void>;
}

/** Whether UDP has to be relayed: wherever the guest is not on Windows' own addresses. */
export function needsRelay({ udp, helper }: Settings, { mode }: Pick<Windows, "mode">): boolean {
  return udp && helper !== "off" && mode === "nat";
}

/**
 * Has our program compiled and started on Windows, in the background. `onChange`: what the host can carry may be otherwise.
 * Where it does not run, UDP is not forwarded, which is said once for each reason; TCP does not need it.
 */
export function openRelay(
  windows: Windows,
  emit: EventSink,
  onChange: () => void,
): OpenRelay {
  let lastReason: string | null = null;
  const note = (state: HelperState) => {
    if (state.kind === "running") {
      if (lastReason !== null) {
        emit({ type: "notice", code: "helper-running", message: "our program on Windows runs again" });
      }
      lastReason = null;
    } else if (state.kind === "failed" && state.reason !== lastReason) {
      lastReason = state.reason;
      const message = `UDP is not forwarded: ${state.reason}; TCP is not affected`;
      emit({ type: "notice", code: "helper-failed", message });
    }
  };
  const helper = new Helper(windows.programs, windows.owner, {
    onState: (state) => {
      note(state);
      if (state.kind === "running") relay.noteRunning().then(onChange);
      else onChange();
    },
    onEvent: (words) => {
      relay.noteEvent(words);
      onChange();
    },
  });
  const relay = new UdpRelay(helper);
  helper.start();
  return { carry: (behind) => new RelayHost(behind, relay), relay, close: () => helper.close() };
}
