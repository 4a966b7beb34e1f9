/** The guest's address that Windows connects to. */
export interface GuestAddress {
  /** Canonical IPv4. */
  readonly address: string;
  /** The interface that holds it. */
  readonly interfaceName: string;
  /** Where its interface's default route leads: Windows, in the NAT of WSL2. Canonical IPv4; null where there is none. */
  readonly gateway: string | null;
  /** The guest's other IPv4 addresses on network cards: in mirrored mode Windows has these, too. Left out for none. */
  readonly beside?: readonly string[];
  /** Set where the address is a guess, with the reason in one line. */
  readonly warning: string | null;
}

/** Tells the guest's address. */
export interface AddressSource {
  /** The address now. Throws SnapshotError where there is none. */
  current(): Promise<GuestAddress>;
}
