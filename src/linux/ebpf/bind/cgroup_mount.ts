/** Where the control groups of version 2 are mounted, by the text of `/proc/self/mounts` (proc(5)); null where they are not. */
export function findCgroupMount(mounts: string): string | null {
  for (const line of mounts.split("\n")) {
    const [, place, type] = line.split(" ");
    // A blank or a backslash in a path would be escaped: such a place is not WSL's, nor systemd's.
    if (type === "cgroup2" && place !== undefined && !place.includes("\\")) return place;
  }
  return null;
}
