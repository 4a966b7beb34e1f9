const OS_RELEASE = "/etc/os-release";

/** Distros by the words of ID and ID_LIKE (os-release(5)), and how each installs a package. */
const COMMANDS: ReadonlyMap<string, string> = new Map([
  ["debian", "apt install"],
  ["ubuntu", "apt install"],
  ["fedora", "dnf install"],
  ["rhel", "dnf install"],
  ["centos", "dnf install"],
  ["arch", "pacman -S"],
  ["alpine", "apk add"],
  ["suse", "zypper install"],
  ["opensuse", "zypper install"],
  ["void", "xbps-install"],
  ["gentoo", "emerge"],
]);

/** The command that installs a package in this distro, with sudo; null where the distro is not known. */
export function findInstallCommand(packageName: string): string | null {
  try {
    return makeInstallCommand(Deno.readTextFileSync(OS_RELEASE), packageName);
  } catch {
    return null;
  }
}

/** The same, from the text of /etc/os-release: ID first, then what it is like, nearest first. */
export function makeInstallCommand(osRelease: string, packageName: string): string | null {
  for (const key of ["ID", "ID_LIKE"]) {
    const line = osRelease.split("\n").find((line) => line.startsWith(`${key}=`)) ?? "";
    for (const word of line.slice(key.length + 1).replaceAll(/["']/g, "").split(/\s+/)) {
      const command = COMMANDS.get(word) ?? COMMANDS.get(word.replace(/-.*$/, ""));
      if (command !== undefined) return `sudo ${command} ${packageName}`;
    }
  }
  return null;
}
