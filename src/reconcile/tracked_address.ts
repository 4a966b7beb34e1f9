import type { Announcer } from "./announcer.ts";
import type { AddressSource, GuestAddress } from "../contracts/address.ts";

/** The guest's address as it was last read, and whether it must be read again. */
export class TrackedAddress {
  readonly #source: AddressSource;
  readonly #announcer: Announcer;
  #guest: GuestAddress | null = null;
  #isStale = true;

  /** Reads nothing yet. */
  constructor(source: AddressSource, announcer: Announcer) {
    this.#source = source;
    this.#announcer = announcer;
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

  /** Reads it where it may have changed. Resolves with whether it, or the way to it, is another now. Throws SnapshotError. */
  async refresh(): Promise<boolean> {
    if (!this.#isStale) return false;
    this.#isStale = false; // Before the read: what happens during it may have come too late for it.
    let read;
    try {
      read = await this.#source.current();
    } catch (error) {
      this.#isStale = true;
      throw error;
    }
    this.#announcer.noteWorking("address");
    const last = this.#guest, from = last?.address ?? null, { address: to, warning } = read;
    this.#guest = read;
    if (from === to) return last?.gateway !== read.gateway || last.interfaceName !== read.interfaceName;
    if (warning !== null) this.#announcer.note({ type: "notice", code: "address", message: warning });
    if (from !== null) this.#announcer.note({ type: "address", from, to });
    return true;
  }
}
