import { messageOf } from "../../process/command.ts";
import type { Settings } from "../../config/settings.ts";
import { ProcPrograms } from "../../linux/proc/programs.ts";
import { isAny, isLoopback } from "../../net/address.ts";
import type { SeenListener } from "../../plan/desired/forward.ts";
import { openAddressSource, openListeners } from "../../daemon/open/open_reconciler.ts";
import { type Attempt, attempt } from "../attempt.ts";
import { tryConnect } from "../try_connect.ts";

/** How long reading, and how long connecting inside the guest may take, in milliseconds. */
const READ_MS = 5000, CONNECT_MS = 2000;

/** What is known of the guest. */
export interface GuestFacts {
  /** Every listening socket, with its program. */
  readonly listeners: Attempt<readonly SeenListener[]>;
  /** The guest's address. */
  readonly address: Attempt<string>;
  /** Addresses of the guest that are as good as that one, in networking mode mirrored: each of them is Windows', too. */
  readonly beside: readonly string[];
}

/** A connection that was tried. */
export interface Connection {
  /** Where to. */
  readonly address: string;
  /** Whether it came about. */
  readonly isOpen: boolean;
}

/** Reads what listens, by which program, and the guest's address. Never rejects. */
export async function readGuest(settings: Settings): Promise<GuestFacts> {
  const [listeners, found] = await Promise.all([
    attempt(() => readListeners(settings), READ_MS),
    attempt(() => openAddressSource(settings).current(), READ_MS),
  ]);
  if ("error" in found) return { listeners, address: found, beside: [] };
  const { address, beside = [] } = found.value;
  return { listeners, address: { value: address }, beside };
}

/**
 * Tries to connect to a port from inside the guest: to loopback where something listens there, and to the guest's
 * address where something listens there. Nothing is sent. Empty where nothing listens, or NAT leads the port on.
 */
export async function connectInside(
  sockets: readonly SeenListener[],
  port: number,
  guestAddress: string | null,
): Promise<readonly Connection[]> {
  // Rules of NAT are not for connections from inside.
  if (sockets.some(({ published }) => published !== undefined)) return [];
  const isEverywhere = sockets.some(({ address }) => isAny(address));
  const loopback = isEverywhere ? "127.0.0.1" : sockets.find(({ address }) => isLoopback(address))?.address;
  const own = isEverywhere || sockets.some(({ address }) => address === guestAddress) ? guestAddress : null;
  const addresses = [loopback ?? null, own].filter((address) => address !== null);
  return await Promise.all(
    addresses.map(async (address) => ({ address, isOpen: await tryConnect(address, port, CONNECT_MS) })),
  );
}

async function readListeners(settings: Settings): Promise<readonly SeenListener[]> {
  const { listeners: source } = openListeners(settings), programs = new ProcPrograms();
  try {
    await source.prepare?.();
    const listeners = source.snapshot();
    await programs.resolve(listeners);
    return listeners.map((listener) => ({
      ...listener,
      program: listener.published?.program ?? programs.programOf(listener.inode),
    }));
  } catch (error) {
    throw new Error(`what listens cannot be read: ${messageOf(error)}`, { cause: error });
  } finally {
    source.close();
  }
}
