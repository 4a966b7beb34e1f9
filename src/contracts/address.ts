/** The guest's address that Windows connects to. */
export interface GuestAddress {
  /** Canonical IPv4. */
  readonly address: string;
  /** The interface that holds it. */
  readonly interfaceName: string;
  /** Where its interface's default route leads: Windows, in the NAT of WSL2. Canonical IPv4; null where there is none. */
  readonly gateway: string | null;
  /** Set where the address is a guess, with the reason in one line. */
  readonly warning: string | null;
}

/** Tells the guest's address. */
export interface AddressSource {
  /** The address now. Throws SnapshotError where there is none. */
  current(): Promise<GuestAddress>;
}
