import { ANY_IPV4 } from "../net/address.ts";

/** One forwarded port: whoever connects to the listen side on Windows reaches the connect side in the guest. */
export interface Rule {
  /** IPv4 address on Windows that outsiders connect to; 0.0.0.0 for all of them. */
  readonly listenAddress: string;
  /** 1 to 65535. */
  readonly listenPort: number;
  /**
   * IPv4 address of the guest; never a loopback address (0.0.0.0:P to 127.0.0.1:P loops, microsoft/WSL#11272).
   * {@link DIRECT} where nothing forwards.
   */
  readonly connectAddress: string;
  /** 1 to 65535. */
  readonly connectPort: number;
}

/**
 * The connect address of a rule without an entry: in mirrored mode the guest's sockets are on Windows' own addresses, and
 * only the firewall stands before them. Nothing ever connects to 0.0.0.0, so no rule that forwards has it.
 */
export const DIRECT: string = ANY_IPV4;

/** Whether a rule is made of a firewall rule alone. */
export function isDirect(rule: Rule): boolean {
  return rule.connectAddress === DIRECT;
}

/**
 * One row of Windows' portproxy table, word by word as netsh shows it. Rows that other people made can hold
 * anything (`*`, host names, `30000-50000`), since netsh validates nothing.
 */
export interface Entry {
  /** An address, a host name or `*`. */
  readonly listenAddress: string;
  /** Usually a port. */
  readonly listenPort: string;
  /** An address or a host name. */
  readonly connectAddress: string;
  /** Usually a port. */
  readonly connectPort: string;
}

/** The entry that a rule becomes. Not to be asked of a direct one. */
export function entryOf(rule: Rule): Entry {
  return { ...rule, listenPort: String(rule.listenPort), connectPort: String(rule.connectPort) };
}

/** What netsh tells two entries apart by. `*` and `0.0.0.0` are two keys, as they are for netsh. */
export function entryKey(entry: Entry | Rule): string {
  return `${entry.listenAddress}:${entry.listenPort}`;
}

/** Whether the keys ({@link entryKey}) are the same. */
export function sameKey(a: Entry | Rule, b: Entry | Rule): boolean {
  return a.listenAddress === b.listenAddress && String(a.listenPort) === String(b.listenPort);
}

/** Whether the four words are the same. */
export function sameEntry(a: Entry | Rule, b: Entry | Rule): boolean {
  return sameKey(a, b) && a.connectAddress === b.connectAddress &&
    String(a.connectPort) === String(b.connectPort);
}

/** `0.0.0.0:3000 -> 172.23.21.232:3000`. The words of a foreign entry are hostile: escape before showing. */
export function formatEntry(entry: Entry | Rule): string {
  return `${entryKey(entry)} -> ${entry.connectAddress}:${entry.connectPort}`;
}
