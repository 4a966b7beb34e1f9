import { delay } from "../../time/delay.ts";
import type { Listener, Program } from "../../net/listener.ts";
import type { ProgramSource } from "../../contracts/listeners.ts";
import { type Libc, openLibc } from "../../ffi/libc.ts";
import {
  LinkReader,
  type OpenSocket,
  parseSocketLink,
  readOpenSockets,
  readProcessIds,
} from "./open_sockets.ts";
import { findActivatedService } from "../services/activated_service.ts";
import { isContainerProxy, nameContainers } from "../services/name_containers.ts";
import { readParent, readProgram } from "./process_info.ts";

/** How long the search runs before other work of the event loop gets its turn, in milliseconds. */
const SLICE_MS = 5;
/** Names hinted by events are kept for this many sockets, the newest, until a listing shows that they are gone. */
const MAX_HINTED = 4096;
/** A server that goes to the background hands its sockets to a child that was not there when the search began. */
const MAX_ROUNDS = 3;
/** A process that inherits a socket from so many generations is not worth a longer search. */
const MAX_GENERATIONS = 16;

/**
 * Which program holds a socket, by /proc/<pid>/fd. Processes of other distros and, without root, of other users
 * cannot be seen. The user of a socket does not narrow the search: who opened it may have changed user since.
 */
export class ProcPrograms implements ProgramSource {
  /** By inode; null: looked up and not found. */
  readonly #programs = new Map<number, Program | null>();
  readonly #hinted = new Map<number, string>();
  /** Inodes of #hinted that a listing has shown. */
  readonly #listed = new Set<number>();
  #libc: Libc | null = null;
  #search: Promise<void> = Promise.resolve();

  /** Looks up the sockets that were not looked up yet, forgets those that are gone. Never throws. */
  resolve(listeners: readonly Listener[]): Promise<void> {
    const sockets = listeners.filter(({ published }) => published === undefined);
    const present = new Map(sockets.map((socket) => [socket.inode, socket]));
    this.#search = this.#search.then(() => this.#update(present)).then(() => this.#nameContainers(present));
    return this.#search;
  }

  /** The program of a socket that was looked up; null where it cannot be seen. */
  programOf(inode: number): Program | null {
    const program = this.#programs.get(inode);
    if (program !== null) return program ?? null;
    const name = this.#hinted.get(inode);
    return name === undefined ? null : { pid: null, name, aliases: [] };
  }

  /** Whether a socket was looked up, found or not. */
  wasLookedUp(inode: number): boolean {
    return this.#programs.has(inode);
  }

  /** A name that a kernel event told; used where the program itself cannot be seen. */
  hintName(inode: number, name: string): void {
    if (inode === 0) return;
    this.#hinted.delete(inode);
    this.#hinted.set(inode, name);
    if (this.#hinted.size <= MAX_HINTED) return;
    for (const oldest of this.#hinted.keys()) {
      this.#hinted.delete(oldest);
      this.#listed.delete(oldest);
      return;
    }
  }

  /** Gives back what a search opened; safe to call twice. No search may follow. */
  close(): void {
    this.#libc?.close();
    this.#libc = null;
  }

  /** Asks again until the engine knows: a container's port is there before it runs. */
  async #nameContainers(present: ReadonlyMap<number, Listener>): Promise<void> {
    const proxies = [...present.values()].flatMap((socket) => {
      const program = this.#programs.get(socket.inode) ?? null;
      return program !== null && isContainerProxy(program) ? [{ ...socket, program }] : [];
    });
    for (const [inode, program] of await nameContainers(proxies)) this.#programs.set(inode, program);
  }

  async #update(present: ReadonlyMap<number, Listener>): Promise<void> {
    this.#forget(present);
    const wanted = new Set([...present.keys()].filter((inode) => !this.#programs.has(inode)));
    if (wanted.size === 0) return;
    try {
      this.#libc ??= openLibc();
      await this.#find(wanted, present, this.#libc);
    } catch {
      // /proc cannot be read at all: every program stays unknown, which is an answer.
    }
    for (const inode of wanted) this.#programs.set(inode, null);
  }

  #forget(present: ReadonlyMap<number, Listener>): void {
    for (const inode of this.#programs.keys()) if (!present.has(inode)) this.#programs.delete(inode);
    // An event comes before the first listing that shows its socket: not listed yet does not mean gone.
    for (const inode of this.#listed) {
      if (present.has(inode)) continue;
      this.#listed.delete(inode);
      this.#hinted.delete(inode);
    }
    for (const inode of present.keys()) if (this.#hinted.has(inode)) this.#listed.add(inode);
  }

  /** Takes out of `wanted` what it finds. */
  async #find(wanted: Set<number>, present: ReadonlyMap<number, Listener>, libc: Libc): Promise<void> {
    const links = new LinkReader(libc);
    const seen = new Set<number>();
    let sliceEndMs = performance.now() + SLICE_MS;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      // Newest first: whoever began to listen a moment ago has most probably just been started.
      const pids = readProcessIds(libc).filter((pid) => !seen.has(pid)).sort((a, b) => b - a);
      for (const pid of pids) {
        seen.add(pid);
        for (const sockets of readOpenSockets(libc, pid, links)) {
          this.#note(sockets, pid, { wanted, present }, links);
          if (wanted.size === 0) return;
          if (performance.now() < sliceEndMs) continue;
          await delay(0);
          sliceEndMs = performance.now() + SLICE_MS;
        }
      }
    }
  }

  #note(
    sockets: readonly OpenSocket[],
    pid: number,
    { wanted, present }: { readonly wanted: Set<number>; readonly present: ReadonlyMap<number, Listener> },
    links: LinkReader,
  ): void {
    for (const { descriptor, inode } of sockets) {
      if (!wanted.has(inode)) continue;
      const holder = findOldestHolder(links, pid, descriptor, inode), program = readProgram(holder, links);
      if (program === null) continue;
      const { protocol, port } = present.get(inode)!;
      // systemd waits in the place of whoever it starts then.
      const service = holder === 1 ? findActivatedService(protocol, port) : null;
      this.#programs.set(inode, service ?? program);
      wanted.delete(inode);
    }
  }
}

/**
 * A child that was forked from a server holds its sockets under the same descriptors. The server's name is meant,
 * whichever of its children was met first. Not process 1, which opens sockets for others.
 */
function findOldestHolder(links: LinkReader, pid: number, descriptor: number, inode: number): number {
  let holder = pid;
  for (let generation = 0; generation < MAX_GENERATIONS; generation++) {
    const parent = readParent(holder);
    if (parent === null || parent <= 1) return holder;
    const target = links.read(`/proc/${parent}/fd/${descriptor}`);
    if (target === null || parseSocketLink(target) !== inode) return holder;
    holder = parent;
  }
  return holder;
}
