import type { Settings } from "../../config/settings.ts";
import type { ListenerSource } from "../../contracts/listeners.ts";
import { PortSet } from "../../net/port_set.ts";
import { ListenersWithUdp, UdpSockets } from "../../linux/netlink/udp_sockets.ts";
import { readEphemeralPorts } from "../../linux/proc/ephemeral_ports.ts";
import { RouteAddress } from "../../linux/netlink/guest_address.ts";
import { readContainerNames } from "../../linux/services/container_names.ts";
import { ListenersWithPublished, PublishedPorts } from "../../linux/nat/published_ports.ts";
import { openListenerSource } from "../../linux/proc/proc_net.ts";
import { ProcPrograms } from "../../linux/proc/programs.ts";
import { SYSTEM_CLOCK } from "../../time/clock.ts";
import type { EventSink } from "../../reconcile/events.ts";
import { listensByIpv6 } from "../../plan/desired/policy.ts";
import type { AddressSource } from "../../contracts/address.ts";
import type { Host } from "../../contracts/host.ts";
import { Reconciler } from "../../reconcile/reconciler.ts";
import { AskingHost } from "./asking_host.ts";
import { hostIn, policyIn } from "./mode/direct_modes.ts";
import { openGate } from "./open_gate.ts";
import type { Windows } from "./open_windows.ts";

/** A reconciler of this guest and its Windows, and what the caller has to close. */
export interface OpenReconciler extends Disposable {
  /** The reconciler. */
  readonly reconciler: Reconciler;
  /** What finds listeners where nothing tells of them: `netlink` or `procfs`. */
  readonly sourceName: string;
  /** The ports without a socket; null where they are not looked at. */
  readonly published: PublishedPorts | null;
  /** Opens or closes a port of the guest until the end, whatever the settings say. */
  readonly setByHand: (port: number, choice: "open" | "closed") => void;
}

/** Opens it. To be called under the lock: nobody else of ours changes rules then. `guard`: what stands before the host. */
export function openReconciler(
  settings: Settings,
  windows: Windows,
  emit: EventSink,
  guard: (host: Host) => Host = (host) => host,
): OpenReconciler {
  let policy = policyIn(windows, settings.policy);
  if (!listensByIpv6(policy)) windows.host.leaveOutIpv6();
  windows.host.takeOver();
  const { listeners, published } = openListeners(settings), programs = new ProcPrograms();
  const gate = openGate(settings, windows.mode);
  const reconciler = new Reconciler({
    listeners,
    programs,
    address: openAddressSource(settings),
    host: new AskingHost(guard(hostIn(windows, emit)), emit, SYSTEM_CLOCK),
    gate,
    // Read anew at each look.
    get policy() {
      return policy;
    },
    owner: windows.owner,
    lingerMs: settings.lingerMs,
    intervalMs: settings.intervalMs,
    clock: SYSTEM_CLOCK,
    emit: (event) => {
      emit(event);
      const limit = event.type === "ready" ? windows.host.limit : null;
      if (limit !== null) emit({ type: "notice", code: "registry-forbidden", message: limit });
    },
  });
  return {
    reconciler,
    sourceName: listeners.name,
    published,
    setByHand: (port, choice) => {
      policy = { ...policy, byHand: new Map([...policy.byHand ?? [], [port, choice]]) };
      reconciler.wake({ reason: "policy", events: [] });
    },
    [Symbol.dispose]: () => {
      gate.close();
      listeners.close();
      programs.close();
    },
  };
}

/** What listens in the guest. */
export interface OpenListeners {
  /** All of it. */
  readonly listeners: ListenerSource;
  /** What of it has no socket; null where that is not looked at, which takes root. */
  readonly published: PublishedPorts | null;
}

/** Opens what the settings want looked at. */
export function openListeners(settings: Settings): OpenListeners {
  const { udp } = settings, kinds = settings.published;
  const sockets = udp ? new ListenersWithUdp(openListenerSource(), openUdpSockets()) : openListenerSource();
  if (kinds.length === 0 || Deno.uid() !== 0) return { listeners: sockets, published: null };
  const published = new PublishedPorts(kinds, openAddressSource(settings), readContainerNames);
  return { listeners: new ListenersWithPublished(sockets, published, udp), published };
}

/** The UDP sockets that are worth a look: what the kernel picked a port for is a client. */
export function openUdpSockets(): UdpSockets {
  return new UdpSockets(new PortSet([readEphemeralPorts()]));
}

/** The address that the user named, else what the routes say. */
export function openAddressSource({ wslIp }: Settings): AddressSource {
  if (wslIp === null) return new RouteAddress();
  return {
    current: () => Promise.resolve({ address: wslIp, interfaceName: "", gateway: null, warning: null }),
  };
}
