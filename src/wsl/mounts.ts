/**
 * Finds where a Windows drive is mounted, in the text of /proc/mounts: 9p or virtiofs with `aname=drvfs;path=C:\`, or
 * drvfs whose source is `C:`. Returns the mount point, or null. Of several, the last one counts: it covers the others.
 */
export function findDriveMount(mounts: string, drive: string): string | null {
  let found: string | null = null;
  for (const line of mounts.split("\n")) {
    const [source, mountPoint, type, options] = line.split(" ");
    if (options === undefined || !/^(9p|drvfs|virtiofs)$/.test(type!)) continue;
    const names = [unescapeMount(source!), ...unescapeMount(options).split(/[;,]/)];
    const isDrive = names.some((name) =>
      name.replace(/^path=/, "").replace(/\\$/, "").toUpperCase() === `${drive}:`
    );
    if (isDrive) found = unescapeMount(mountPoint!);
  }
  return found;
}

/** /proc/mounts writes blanks, tabs, line ends and backslashes as three octal digits (proc(5), getmntent(3)). */
function unescapeMount(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8)));
}
