import { deepStrictEqual as equal } from "node:assert/strict";
import { makeInstallCommand } from "../../../src/linux/proc/install_command.ts";

const cases: readonly (readonly [string, string | null])[] = [
  ["ID=debian\n", "sudo apt install bpftrace"],
  ['NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n', "sudo apt install bpftrace"],
  ['ID=kali\nID_LIKE="debian"\n', "sudo apt install bpftrace"],
  ["ID=fedora", "sudo dnf install bpftrace"],
  ['ID="almalinux"\nID_LIKE="rhel centos fedora"\n', "sudo dnf install bpftrace"],
  ["ID=arch\n", "sudo pacman -S bpftrace"],
  ['ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"\n', "sudo zypper install bpftrace"],
  ["ID=alpine\n", "sudo apk add bpftrace"],
  ["VERSION_ID=debian\n", null],
  ["ID=nixos\n", null],
  ["", null],
];
for (const [text, expected] of cases) {
  Deno.test(`makeInstallCommand reads ${JSON.stringify(text)}`, () => {
    equal(makeInstallCommand(text, "bpftrace"), expected);
  });
}
