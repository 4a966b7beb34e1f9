/** What names a drive in a line of /proc/mounts: `C:`, `C:\`, or the same behind `path=`. */
const DRIVE = /^(?:path=)?([A-Za-z]):\\?$/;

/** Tags of virtiofs that name their drive: recorded in 2026-02 (`drvfsC0`); `a` stands for the elevated share. */
const DRIVE_TAG = /^drvfsa?([A-Z])\d*$/;

/** Other tags of virtiofs: a GUID. What it stands for is noted elsewhere. */
const GUID_TAG = /^\{?[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\}?$/i;

/**
 * Finds where a Windows drive is mounted, in the text of /proc/mounts: 9p or virtiofs with `aname=drvfs;path=C:\`, drvfs whose
 * source is `C:`, or virtiofs with a tag (read in WSL's source: there is no `path=` then). Of several, the last comes first: it
 * covers the others. `readTag`: what such a tag stands for, `C:\`; null where nothing tells.
 */
export function findDriveMounts(
  mounts: string,
  drive: string,
  readTag: (tag: string) => string | null,
): string[] {
  const found: string[] = [];
  for (const line of mounts.split("\n")) {
    const [source, mountPoint, type, options] = line.split(" ");
    if (options === undefined || !/^(9p|drvfs|virtiofs)$/.test(type!)) continue;
    const names = [unescapeMount(source!), ...unescapeMount(options).split(/[;,]/)];
    if (type === "virtiofs") names.push(...readTagNames(source!, readTag));
    const isDrive = names.some((name) => DRIVE.exec(name)?.[1]?.toUpperCase() === drive);
    if (isDrive) found.unshift(unescapeMount(mountPoint!));
  }
  return found;
}

function readTagNames(tag: string, readTag: (tag: string) => string | null): string[] {
  const letter = DRIVE_TAG.exec(tag)?.[1];
  if (letter !== undefined) return [`${letter}:`];
  const name = GUID_TAG.test(tag) ? readTag(tag) : null;
  return name === null ? [] : [name];
}

/** /proc/mounts writes blanks, tabs, line ends and backslashes as three octal digits (proc(5), getmntent(3)). */
function unescapeMount(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8)));
}
