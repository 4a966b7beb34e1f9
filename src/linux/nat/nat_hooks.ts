import { NetlinkDump } from "../netlink/netlink.ts";
import { type NetlinkMessage, readAttributes } from "../netlink/netlink_messages.ts";

/** The netlink family of netfilter (linux/netlink.h). */
export const NETLINK_NETFILTER = 12;

/** NFT_MSG_GETCHAIN of the subsystem of nf_tables (linux/netfilter/nf_tables.h, nfnetlink.h). */
const GET_CHAINS = (10 << 8) | 4;
/** struct nfgenmsg: u8 family, u8 version, be16 resource. Family 0: all. */
const NFGENMSG_BYTES = 4;
/** Attributes of a chain, and of its hook. */
const NFTA_CHAIN_TABLE = 1, NFTA_CHAIN_HOOK = 4, NFTA_CHAIN_TYPE = 7, NFTA_HOOK_HOOKNUM = 1;
/** NF_INET_PRE_ROUTING. */
const PRE_ROUTING = 0;
const NFPROTO_INET = 1, NFPROTO_IPV4 = 2;

/** Where a list of the tables that the older iptables made stands (ip_tables.c); root alone may read it. */
const LEGACY_TABLES = "/proc/net/ip_tables_names";

/** Whose rules connections from outside go through before it is known where they lead. */
export interface NatHooks {
  /** Tables of nf_tables of the name that iptables gives its own. */
  readonly hasIptables: boolean;
  /** Other tables of nf_tables. */
  readonly hasNft: boolean;
  /** Tables of the older iptables. */
  readonly hasLegacy: boolean;
}

/**
 * Looks, in some 0.1 ms, whether there is anything to read: most guests have no NAT, and a program that is started to find that
 * out would load kernel modules. Takes CAP_NET_ADMIN: throws SystemCallError without it. A kernel without nf_tables has none.
 */
export function readNatHooks(): NatHooks {
  const dump = new NetlinkDump(NETLINK_NETFILTER);
  try {
    const tables = dump.dump(GET_CHAINS, new Uint8Array(NFGENMSG_BYTES), readNatChain);
    return {
      hasIptables: tables.includes("nat"),
      hasNft: tables.some((table) => table !== "nat"),
      hasLegacy: readLegacyTables().includes("nat"),
    };
  } finally {
    dump.close();
  }
}

function readLegacyTables(): string[] {
  try {
    return Deno.readTextFileSync(LEGACY_TABLES).split("\n");
  } catch {
    return []; // No module of it is loaded.
  }
}

/** The table of a chain of NAT at prerouting, for IPv4; undefined of any other chain. */
function readNatChain(message: NetlinkMessage): string | undefined {
  const { bytes, view, start, end } = message;
  const family = bytes[start];
  if (end - start < NFGENMSG_BYTES || (family !== NFPROTO_INET && family !== NFPROTO_IPV4)) return undefined;
  let table = "", type = "", isHooked = false;
  for (const attribute of readAttributes(message, start + NFGENMSG_BYTES)) {
    if (attribute.type === NFTA_CHAIN_TABLE) table = readText(bytes, attribute.start, attribute.end);
    else if (attribute.type === NFTA_CHAIN_TYPE) type = readText(bytes, attribute.start, attribute.end);
    else if (attribute.type === NFTA_CHAIN_HOOK) {
      for (const inner of readAttributes({ ...message, end: attribute.end }, attribute.start)) {
        if (inner.type === NFTA_HOOK_HOOKNUM) isHooked = view.getUint32(inner.start, false) === PRE_ROUTING;
      }
    }
  }
  return type === "nat" && isHooked ? table : undefined;
}

/** A text that ends with a zero byte. */
function readText(bytes: Uint8Array, start: number, end: number): string {
  return new TextDecoder().decode(bytes.subarray(start, end)).replace(/\0.*$/s, "");
}
