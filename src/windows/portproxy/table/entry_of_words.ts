import type { Family } from "../../../net/address.ts";
import { parsePort } from "../../../net/port.ts";
import type { Entry } from "../../../plan/rules/entry.ts";

/** The four words of an entry, as netsh and the registry have them, whatever was stored. */
export interface EntryWords {
  /** `listenaddress`. */
  readonly listenAddress: string;
  /** `listenport`. */
  readonly listenPort: string;
  /** `connectaddress`. */
  readonly connectAddress: string;
  /** `connectport`. */
  readonly connectPort: string;
}

/** The entry with these words, of the table that leads from one family to the other. */
export function entryOfWords(words: EntryWords, from: Family = 4, to: Family = 4): Entry {
  const { listenAddress, listenPort, connectAddress, connectPort } = words;
  const place = (family: Family, address: string, port: string) =>
    ({ protocol: "tcp", family, address, port: parsePort(port) ?? port }) as const;
  return { listen: place(from, listenAddress, listenPort), connect: place(to, connectAddress, connectPort) };
}
