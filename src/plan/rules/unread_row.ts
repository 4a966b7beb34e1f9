import { guessPorts } from "../../net/port_words.ts";
import type { PortSet } from "../../net/port_set.ts";

/**
 * A row of a table of the host that cannot be understood: the host checks nothing. It is somebody else's, since ours can
 * be read, and is kept as it is.
 */
export interface UnreadRow {
  /** The row as it was printed, with one blank for many. Hostile text. */
  readonly text: string;
  /** The ports that it may stand in the way of; empty where that cannot be told. */
  readonly ports: PortSet;
}

/** The row with this text. */
export function unreadRow(text: string): UnreadRow {
  const words = text.split(/\s+/).filter((word) => word !== "");
  return { text: words.join(" "), ports: guessPorts(words) };
}
