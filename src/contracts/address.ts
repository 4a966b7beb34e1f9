/** The guest's address that Windows connects to. */
export interface GuestAddress {
  /** Canonical IPv4. */
  readonly address: string;
  /** The interface that holds it. */
  readonly interfaceName: string;
  /** Set where the address is a guess, with the reason in one line. */
  readonly warning: string | null;
}

/** Tells the guest's address. */
export interface AddressSource {
  /** The address now. Throws SnapshotError where there is none. */
  current(): Promise<GuestAddress>;
}
