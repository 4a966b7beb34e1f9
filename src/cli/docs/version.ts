import { VERSION } from "../../daemon/launch/version.ts";
import { COMMIT, FORM } from "../../daemon/launch/build_stamp.ts";

/** What `--version` prints: the version, in which form it is, of which commit, and Deno's version. */
export function renderVersion(): string {
  const form = FORM === "source" ? "from source" : `${FORM}, commit ${COMMIT ?? "unknown"}`;
  return `wslfwd ${VERSION} (${form}, deno ${Deno.version.deno})\n`;
}
