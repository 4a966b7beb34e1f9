import type { Profile } from "../../plan/opening.ts";
import { splitLines } from "../run/output_text.ts";
import { OutputSyntaxError } from "../run/syntax_error.ts";

/** What to ask of powershell.exe. */
export const GET_NETWORK_CATEGORY: readonly string[] = [
  "-NoProfile",
  "-Command",
  "(Get-NetConnectionProfile).NetworkCategory",
];

/** The words of Windows for its profiles: enumeration values, which are not translated. */
const CATEGORIES: Readonly<Record<string, Profile>> = {
  Public: "public",
  Private: "private",
  DomainAuthenticated: "domain",
};

/**
 * Reads what powershell.exe prints for {@link GET_NETWORK_CATEGORY}: a word for each network that Windows is connected to,
 * none where it is connected to none. Throws OutputSyntaxError for any other word.
 */
export function parseNetworkProfiles(output: string): Profile[] {
  const words = splitLines(output).map((line) => line.trim()).filter((line) => line !== "");
  return words.map((word, i) => {
    const profile = CATEGORIES[word];
    if (profile === undefined) {
      throw new OutputSyntaxError("Get-NetConnectionProfile", i + 1, "a network category");
    }
    return profile;
  });
}
