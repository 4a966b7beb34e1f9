import type { AddressSource, GuestAddress } from "../../contracts/address.ts";

/** What came of a look at the guest's address. */
export type AddressNews =
  /** It is what it was. */
  | { readonly kind: "same" }
  /** It is what it was, but the way to it is another. */
  | { readonly kind: "rerouted" }
  /** It is another, or known for the first time: `from` is null then. `warning`: why it is a guess; null where it is none. */
  | {
    readonly kind: "changed";
    readonly from: string | null;
    readonly to: string;
    readonly warning: string | null;
  };

/** The guest's address as it was last read, and whether it must be read again. */
export class TrackedAddress {
  readonly #source: AddressSource;
  #guest: GuestAddress | null = null;
  #isStale = true;

  /** Reads nothing yet. */
  constructor(source: AddressSource) {
    this.#source = source;
  }

  /** Canonical IPv4. Only to be asked after {@link refresh}. */
  get address(): string {
    return this.guest.address;
  }

  /** With what belongs to it. Only to be asked after {@link refresh}. */
  get guest(): GuestAddress {
    if (this.#guest === null) throw new Error("The guest's address is not known: read it first");
    return this.#guest;
  }

  /** It may have changed. */
  noteChange(): void {
    this.#isStale = true;
  }

  /** Reads it where it may have changed. Throws SnapshotError. */
  async refresh(): Promise<AddressNews> {
    if (!this.#isStale) return { kind: "same" };
    this.#isStale = false; // Before the read: what happens during it may have come too late for it.
    let read;
    try {
      read = await this.#source.current();
    } catch (error) {
      this.#isStale = true;
      throw error;
    }
    const last = this.#guest, { address: to, warning } = read;
    this.#guest = read;
    if (last?.address !== to) return { kind: "changed", from: last?.address ?? null, to, warning };
    const isSame = last.gateway === read.gateway && last.interfaceName === read.interfaceName &&
      last.beside?.join() === read.beside?.join();
    return { kind: isSame ? "same" : "rerouted" };
  }
}
