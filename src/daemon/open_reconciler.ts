import type { Settings } from "../config/settings.ts";
import { RouteAddress } from "../linux/guest_address.ts";
import { openListenerSource } from "../linux/proc_net.ts";
import { ProcPrograms } from "../linux/programs.ts";
import { SYSTEM_CLOCK } from "../reconcile/clock.ts";
import type { EventSink } from "../reconcile/events.ts";
import type { AddressSource, ListenerSource } from "../reconcile/ports.ts";
import { Reconciler } from "../reconcile/reconciler.ts";
import type { Windows } from "./open_windows.ts";

/** A reconciler of this guest and its Windows, and the source that the caller has to close. */
export function openReconciler(
  settings: Settings,
  windows: Windows,
  emit: EventSink,
): { listeners: ListenerSource; reconciler: Reconciler } {
  const listeners = openListenerSource();
  const reconciler = new Reconciler({
    listeners,
    programs: new ProcPrograms(),
    address: openAddressSource(settings),
    host: windows.host,
    policy: settings.policy,
    owner: windows.owner,
    lingerMs: settings.lingerMs,
    intervalMs: settings.intervalMs,
    clock: SYSTEM_CLOCK,
    emit,
  });
  return { listeners, reconciler };
}

/** The address that the user named, else what the routes say. */
export function openAddressSource({ wslIp }: Settings): AddressSource {
  if (wslIp === null) return new RouteAddress();
  return { current: () => Promise.resolve({ address: wslIp, interfaceName: "", warning: null }) };
}
