import type { AddressSource } from "../../contracts/address.ts";
import type { ListenerSource } from "../../contracts/listeners.ts";
import { ANY_IPV4 } from "../../net/address.ts";
import type { Listener } from "../../net/listener.ts";
import { nameProgram, type PublishedKind, samePublished } from "../../net/published.ts";
import { messageOf } from "../../process/command.ts";
import { findPublished, type LedPort } from "./find_published.ts";
import { readNat } from "./read_nat.ts";

/** What can be told of a read. */
export interface PublishedRead {
  /** Whether other ports are published than before, or they lead elsewhere. */
  readonly isNews: boolean;
  /** Whether the kernel tells when that may be so; otherwise it has to be looked at now and then. */
  readonly isTold: boolean;
  /** Why it cannot be read, in one line; null where it was read. */
  readonly failure: string | null;
}

/** Tells what a container is called that a port leads to; null where nobody knows. Hostile text. Never rejects. */
export type ContainerNames = (signal?: AbortSignal) => Promise<(led: LedPort) => string | null>;

/**
 * The ports without a socket that NAT in the guest leads on: a container's, a NodePort, a hostPort, somebody's own rule. Read by
 * programs, and so not at each look: {@link read} is for whoever knows that something changed.
 */
export class PublishedPorts {
  readonly #kinds: ReadonlySet<PublishedKind>;
  readonly #address: AddressSource;
  readonly #findNames: ContainerNames;
  #known: readonly Listener[] = [];
  #first: Promise<unknown> | null = null;
  #reading: Promise<unknown> = Promise.resolve();

  /** `kinds`: what counts. `address`: where Windows connects to. */
  constructor(kinds: Iterable<PublishedKind>, address: AddressSource, findNames: ContainerNames) {
    this.#kinds = new Set(kinds);
    this.#address = address;
    this.#findNames = findNames;
  }

  /** What was read last. A read that failed changes nothing. */
  get listeners(): readonly Listener[] {
    return this.#known;
  }

  /** Resolves once it was read one time, or cannot be. */
  async prepare(): Promise<void> {
    await (this.#first ??= this.read());
  }

  /** Reads it, after a read that is under way. Never rejects. */
  read(signal?: AbortSignal): Promise<PublishedRead> {
    const read = this.#reading.then(() => this.#read(signal));
    this.#reading = read;
    this.#first ??= read;
    return read;
  }

  async #read(signal?: AbortSignal): Promise<PublishedRead> {
    try {
      const { tables, isTold } = await readNat(signal);
      const { address, interfaceName, gateway } = await this.#address.current();
      const led = tables.length === 0
        ? []
        : findPublished(tables, { address, interfaceName, source: gateway });
      const wanted = led.filter(({ kind }) => this.#kinds.has(kind));
      const nameOf = wanted.some(({ name }) => name === null) ? await this.#findNames(signal) : () => null;
      const found = wanted.map((each) => this.#listenerOf(each, each.name ?? nameOf(each)));
      const isNews = found.length !== this.#known.length || found.some((each, i) => each !== this.#known[i]);
      if (isNews) this.#known = found;
      return { isNews, isTold, failure: null };
    } catch (error) {
      return { isNews: false, isTold: false, failure: messageOf(error) };
    }
  }

  /** The same value for what is as it was: what follows from it was worked out. */
  #listenerOf({ protocol, port, kind, to }: LedPort, name: string | null): Listener {
    const published = { kind, to, program: nameProgram(kind, name) };
    const known = this.#known.find((each) => each.port === port && each.protocol === protocol);
    if (known !== undefined && samePublished(known.published, published)) return known;
    return { protocol, family: 4, address: ANY_IPV4, port, inode: 0, uid: 0, v6only: false, published };
  }
}

/** What listens, and what is published without a socket. */
export class ListenersWithPublished implements ListenerSource {
  /** As of the sockets. */
  readonly name: string;
  readonly #sockets: ListenerSource;
  readonly #published: PublishedPorts;
  readonly #protocols: readonly string[];

  /** Closes `sockets` when it is closed. `hasUdp`: whether UDP counts. */
  constructor(sockets: ListenerSource, published: PublishedPorts, hasUdp: boolean) {
    this.name = sockets.name;
    this.#sockets = sockets;
    this.#published = published;
    this.#protocols = hasUdp ? ["tcp", "udp"] : ["tcp"];
  }

  /** Resolves once it is known what is published. */
  prepare(): Promise<void> {
    return this.#published.prepare();
  }

  /** Throws SnapshotError. */
  snapshot(): readonly Listener[] {
    const published = this.#published.listeners.filter(({ protocol }) => this.#protocols.includes(protocol));
    return published.length === 0 ? this.#sockets.snapshot() : [...this.#sockets.snapshot(), ...published];
  }

  /** Gives back descriptors. */
  close(): void {
    this.#sockets.close();
  }
}
