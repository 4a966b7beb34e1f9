import type { Endpoint } from "./endpoint.ts";
import { type Published, samePublished } from "./published.ts";

/** A program, as far as /proc or a kernel event tells about it. Every text in it is hostile. */
export interface Program {
  /** Its process id in our PID namespace, or null where only an event named it (another distro). */
  readonly pid: number | null;
  /** What is shown: what an interpreter runs, else the kernel's name of the thread (comm, at most 15 bytes). */
  readonly name: string;
  /** What a policy may match besides `name`: the base names of argv[0], of the executable and of what it runs. */
  readonly aliases: readonly string[];
  /** Where its executable is, or was: an absolute path. Absent where it cannot be seen. */
  readonly executable?: string;
  /** The folder that it works in: an absolute path. Absent where it cannot be seen. */
  readonly folder?: string;
}

/** Every name that a policy may match; none of a program that cannot be seen. Hostile texts. */
export function namesOf(program: Program | null): readonly string[] {
  return program === null ? [] : [program.name, ...program.aliases];
}

/** What waits for others in the guest's own network namespace: a TCP socket in the state LISTEN, or a NAT rule. */
export interface Listener extends Endpoint {
  /** Set where it is no socket, but a rule that leads the port's connections on. */
  readonly published?: Published;
  /** The socket's inode, the same for every process that shares it; 0 where there is none. */
  readonly inode: number;
  /** The user id that made the socket. */
  readonly uid: number;
  /** An IPv6 socket that refuses IPv4. Always false for family 4. */
  readonly v6only: boolean;
  /** A number that no other socket of this boot has, unlike the inode; left out where it cannot be told (/proc). */
  readonly cookie?: bigint;
}

/** A total order: port, then protocol, family, address and inode. What is sorted by it does not depend on the order read. */
export function compareListeners(a: Listener, b: Listener): number {
  return a.port - b.port || compareText(a.protocol, b.protocol) || a.family - b.family ||
    compareText(a.address, b.address) || a.inode - b.inode;
}

/** Whether two lists hold the same sockets in the same order, each bound as before. */
export function sameListeners(a: readonly Listener[], b: readonly Listener[]): boolean {
  return a.length === b.length && a.every((one, i) => sameListener(one, b[i]!));
}

/** Whether two are the same socket, bound as before: it can be bound anew without a new inode: shutdown(), connect() to AF_UNSPEC, bind(), listen(). */
export function sameListener(a: Listener, b: Listener): boolean {
  return a.inode === b.inode && a.cookie === b.cookie && a.protocol === b.protocol && a.port === b.port &&
    a.address === b.address &&
    a.v6only === b.v6only && samePublished(a.published, b.published);
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** The address of WSL's own resolver in each guest, on port 53 (dnsTunneling); nobody started it (microsoft/WSL, read in its source). */
const WSL_RESOLVER = "10.255.255.254";

/** Whether a socket is WSL's own: not worth a word to anybody. */
export function isWslOwn({ address }: Pick<Listener, "address">): boolean {
  return address === WSL_RESOLVER;
}
