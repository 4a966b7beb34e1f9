import { ANY_IPV4, ANY_IPV6 } from "../../../net/address.ts";
import { PortSet } from "../../../net/port_set.ts";
import { listensByIpv6, type Policy } from "../../../plan/desired/policy.ts";
import type { FirewallScope } from "../../../plan/claims/opening.ts";
import { DelegatingHost } from "../../../contracts/delegating_host.ts";
import type { Host, HostCheck, HostSnapshot, SnapshotPart } from "../../../contracts/host.ts";
import type { EventSink } from "../../../reconcile/events.ts";
import { isDirectMode, isRelayedMode } from "../../../wsl/networking_mode.ts";
import { ExitCode } from "../../exit_code.ts";
import { Refusal } from "../../refusal.ts";
import type { Windows } from "../open_windows.ts";
import { RelayedHost } from "./relayed_host.ts";

/**
 * The policy as this Windows lets it be followed: nothing listens by IPv6 where there is none, and where the firewall alone is
 * opened, nothing is forwarded and a port has one number. Throws Refusal for a choice that the mode does not leave: a firewall
 * rule by port opens it on every address.
 */
export function policyIn(
  { mode, hasIpv6, wish = null }: Pick<Windows, "mode" | "hasIpv6"> & Partial<Pick<Windows, "wish">>,
  policy: Policy,
): Policy {
  // What the user named stays: it can be told then that it does not work.
  const listenAddresses = hasIpv6 === true
    ? policy.listenAddresses
    : without(ANY_IPV6, policy.listenAddresses);
  if (!isDirectMode(mode)) return hasIpv6 === true ? policy : { ...policy, listenAddresses };
  const other = listenAddresses.find((address) => address !== ANY_IPV4 && address !== ANY_IPV6);
  if (other !== undefined) {
    throw new Refusal(
      ExitCode.USAGE,
      `--windows-ip ${other} cannot be followed in networking mode ${mode}, where nothing is forwarded; ` +
        "leave it out, and have the program listen on that address",
    );
  }
  const shared = mode === "mirrored" && wish !== null ? wish.ignoredPorts : PortSet.EMPTY;
  return { ...policy, listenAddresses, reach: "direct", sharedPorts: shared };
}

/** Whom the firewall lets in, and whether anything listens by IPv6, as this Windows lets the policy be followed. */
export interface Exposure {
  /** See Policy. */
  readonly scope: FirewallScope;
  /** Whether anything listens by IPv6. */
  readonly usesIpv6: boolean;
}

/** Who gets in how. Throws Refusal as {@link policyIn}. */
export function exposureIn(windows: Pick<Windows, "mode" | "hasIpv6">, policy: Policy): Exposure {
  const { scope, listenAddresses } = policyIn(windows, policy);
  return { scope, usesIpv6: listensByIpv6({ listenAddresses }) };
}

function without(address: string, addresses: readonly string[]): readonly string[] {
  const rest = addresses.filter((each) => each !== address);
  return rest.length > 0 ? rest : addresses;
}

/** The host as the networking mode has it: where nothing is forwarded, it does not matter whether IP Helper runs. */
export function hostIn({ mode, host }: Pick<Windows, "mode" | "host">, emit: EventSink): Host {
  if (!isDirectMode(mode)) return host;
  const direct = new DirectHost(host);
  return isRelayedMode(mode) ? new RelayedHost(direct, mode, emit) : direct;
}

class DirectHost extends DelegatingHost {
  override async snapshot(signal?: AbortSignal, part?: SnapshotPart): Promise<HostSnapshot> {
    return { ...await super.snapshot(signal, part), isForwarderRunning: true };
  }

  override async check(signal?: AbortSignal): Promise<HostCheck> {
    return { ...await super.check(signal), isForwarderRunning: true };
  }
}
