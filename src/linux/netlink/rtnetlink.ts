import { formatIpv4 } from "../../net/address.ts";
import { type Libc, openLibc } from "../../ffi/libc.ts";
import { NETLINK_ROUTE, NetlinkDump } from "./netlink.ts";
import { type NetlinkMessage, readAttributes } from "./netlink_messages.ts";

/** An IPv4 route to everywhere. */
export interface DefaultRoute {
  /** The name of the interface it leads through. */
  readonly interfaceName: string;
  /** Its priority: the lowest wins. */
  readonly metric: number;
  /** The source address it prescribes; null where the kernel picks one. Canonical text. */
  readonly source: string | null;
  /** The next hop; null for a link without one. Canonical text. */
  readonly gateway: string | null;
}

/** An IPv4 address of the guest. */
export interface InterfaceAddress {
  /** The interface that holds it. */
  readonly interfaceName: string;
  /** Canonical text. */
  readonly address: string;
  /** Bits of its network, 0 to 32. */
  readonly prefixLength: number;
  /** Whether other machines may be reached by it (not host or link scope). */
  readonly isGlobal: boolean;
  /** Whether another address of the same network comes before it as the source of packets. */
  readonly isSecondary: boolean;
}

const AF_INET = 2;
const RTM_GETADDR = 22;
const RTM_GETROUTE = 26;
const RT_TABLE_MAIN = 254;
const RTN_UNICAST = 1;
const RT_SCOPE_UNIVERSE = 0;
const IFA_F_SECONDARY = 1;
/** RTNH_F_DEAD | RTNH_F_LINKDOWN: the interface is down or has no carrier. */
const NEXT_HOP_UNUSABLE = 1 | 16;
/** Attribute types (linux/rtnetlink.h, linux/if_addr.h). */
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RTA_PRIORITY = 6;
const RTA_PREFSRC = 7;
const RTA_MULTIPATH = 9;
const IFA_LOCAL = 2;
/** struct rtmsg, struct ifaddrmsg, struct rtnexthop. */
const ROUTE_BYTES = 12;
const ADDRESS_BYTES = 8;
const NEXT_HOP_INTERFACE_AT = 4;

/** The IPv4 routes and addresses of this network namespace at one moment. */
export interface GuestNetwork {
  /** The usable default routes of the main table, as the kernel lists them. */
  readonly routes: readonly DefaultRoute[];
  /** Every address, as the kernel lists them: for each interface the primary ones first. */
  readonly addresses: readonly InterfaceAddress[];
}

/** Reads both by rtnetlink; needs no privilege. Throws SystemCallError. */
export function readGuestNetwork(): GuestNetwork {
  const libc = openLibc();
  try {
    const dump = new NetlinkDump(NETLINK_ROUTE);
    try {
      const routes = dump.dump(RTM_GETROUTE, makeRequest(ROUTE_BYTES), (message) => readRoute(message, libc));
      const addresses = dump.dump(
        RTM_GETADDR,
        makeRequest(ADDRESS_BYTES),
        (message) => readAddress(message, libc),
      );
      return { routes, addresses };
    } finally {
      dump.close();
    }
  } finally {
    libc.close();
  }
}

function makeRequest(bytes: number): Uint8Array {
  const request = new Uint8Array(bytes);
  request[0] = AF_INET;
  return request;
}

function readRoute(message: NetlinkMessage, libc: Libc): DefaultRoute | undefined {
  const { bytes, view, start } = message;
  const isDefault = bytes[start] === AF_INET && bytes[start + 1] === 0 &&
    bytes[start + 4] === RT_TABLE_MAIN &&
    bytes[start + 7] === RTN_UNICAST && (view.getUint32(start + 8, true) & NEXT_HOP_UNUSABLE) === 0;
  if (!isDefault) return undefined;
  let interfaceIndex = 0;
  let metric = 0;
  let source: string | null = null;
  let gateway: string | null = null;
  for (const { type, start: at } of readAttributes(message, start + ROUTE_BYTES)) {
    if (type === RTA_OIF) interfaceIndex = view.getUint32(at, true);
    else if (type === RTA_PRIORITY) metric = view.getUint32(at, true);
    else if (type === RTA_PREFSRC) source = formatIpv4(bytes, at);
    else if (type === RTA_GATEWAY) gateway = formatIpv4(bytes, at);
    // Of several next hops the first is as good as any: they are for one network.
    else if (type === RTA_MULTIPATH) interfaceIndex ||= view.getUint32(at + NEXT_HOP_INTERFACE_AT, true);
  }
  const interfaceName = readInterfaceName(libc, interfaceIndex);
  return interfaceName === null ? undefined : { interfaceName, metric, source, gateway };
}

function readAddress(message: NetlinkMessage, libc: Libc): InterfaceAddress | undefined {
  const { bytes, view, start } = message;
  if (bytes[start] !== AF_INET) return undefined;
  for (const { type, start: at } of readAttributes(message, start + ADDRESS_BYTES)) {
    if (type !== IFA_LOCAL) continue;
    const interfaceName = readInterfaceName(libc, view.getUint32(start + 4, true));
    if (interfaceName === null) return undefined;
    return {
      interfaceName,
      address: formatIpv4(bytes, at),
      prefixLength: bytes[start + 1]!,
      isGlobal: bytes[start + 3] === RT_SCOPE_UNIVERSE,
      isSecondary: (bytes[start + 2]! & IFA_F_SECONDARY) !== 0,
    };
  }
  return undefined;
}

/** Null where the interface has gone meanwhile. */
function readInterfaceName(libc: Libc, index: number): string | null {
  const name = new Uint8Array(16);
  if (libc.symbols.if_indextoname(index, name) === null) return null;
  return new TextDecoder().decode(name.subarray(0, name.indexOf(0)));
}
