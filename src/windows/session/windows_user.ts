import { splitLines, splitWords } from "../run/output_text.ts";
import { OutputSyntaxError } from "../run/syntax_error.ts";

/** The Windows user whose rights our Windows programs have. */
export interface WindowsUser {
  /** The security identifier, `S-1-5-21-…`. */
  readonly sid: string;
  /** Whether the programs run elevated: with the rights to change the firewall. */
  readonly isElevated: boolean;
  /**
   * Whether the user is one of the administrators, elevated or not. Windows asks who is none for the name of somebody else, who
   * has a WSL of their own: one virtual machine for each user (read in WSL's source).
   */
  readonly isAdministrator: boolean;
}

/** What to ask of whoami.exe. */
export const WHOAMI: readonly string[] = ["/user", "/groups"];

/**
 * Of accounts: of a machine or domain, of the cloud, of services, and Windows' own. Everybody, the local groups and the
 * mandatory labels have others: where one of them stands first, the user's own is missing.
 */
const USER_SID = /^S-1-(5-(21|80|82|83|90|96)-|12-1-|5-(18|19|20)$)/;

/** The administrators, also where the group counts for nothing but refusals: a terminal that is not elevated. */
const ADMINISTRATORS_SID = "S-1-5-32-544";

/** Mandatory labels: high and system. */
const ELEVATED_SIDS = ["S-1-16-12288", "S-1-16-16384"];

/**
 * Reads what whoami.exe prints for {@link WHOAMI}, in any language: the user's own identifier stands first, those of the
 * groups and of the integrity level follow. Throws OutputSyntaxError where there is none.
 */
export function parseWindowsUser(output: string): WindowsUser {
  const sids = splitLines(output).flatMap(splitWords).filter((word) => /^S-1-\d+(-\d+)+$/.test(word));
  if (sids[0] === undefined || !USER_SID.test(sids[0])) {
    throw new OutputSyntaxError("whoami /user /groups", 0, "a security identifier");
  }
  return {
    sid: sids[0]!,
    isElevated: sids.some((sid) => ELEVATED_SIDS.includes(sid)),
    isAdministrator: sids.includes(ADMINISTRATORS_SID),
  };
}

/** Eight hexadecimal digits that stand for a user in our tags: the first of the identifier's SHA-256. */
export async function ownerOf(sid: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(sid));
  return [...new Uint8Array(digest, 0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
