import { deepStrictEqual as equal } from "node:assert/strict";
import { findDriveMount } from "../../../src/wsl/mounts.ts";

const ROOT = "/dev/sdc / ext4 rw,relatime,discard 0 0";

Deno.test("findDriveMount finds a drive however WSL mounts it", () => {
  const cases: readonly [string, string, string | null][] = [
    [
      "9p",
      "C:\\134 /mnt/c 9p rw,noatime,aname=drvfs;path=C:\\134;uid=1000;gid=1000;symlinkroot=/mnt/,cache=5 0 0",
      "/mnt/c",
    ],
    [
      "9p, drvfs as its source",
      "drvfs /mnt/c 9p rw,noatime,dirsync,aname=drvfs;path=C:\\134;uid=0;gid=0 0 0",
      "/mnt/c",
    ],
    ["virtiofs", "drvfsaC1 /mnt/c virtiofs rw,noatime,aname=drvfsa;path=C:\\134 0 0", "/mnt/c"],
    ["WSL 1", "C: /mnt/c drvfs rw,noatime,uid=1000,gid=1000,case=off 0 0", "/mnt/c"],
    ["small letter", "c: /c drvfs rw,noatime 0 0", "/c"],
    ["elsewhere", "C:\\134 /win/my\\040drive 9p rw,aname=drvfs;path=C:\\134 0 0", "/win/my drive"],
    ["another drive", "D:\\134 /mnt/d 9p rw,aname=drvfs;path=D:\\134;uid=0 0 0", null],
    ["a folder of the drive", "C:\\134Users /mnt/u 9p rw,aname=drvfs;path=C:\\134Users;uid=0 0 0", null],
    ["another file system", "C:\\134 /mnt/c ext4 rw,path=C:\\134 0 0", null],
    ["none", "", null],
    ["garbage", "C: \n\n x y\n\0", null],
  ];
  for (const [name, line, found] of cases) equal(findDriveMount(`${ROOT}\n${line}\n`, "C"), found, name);
});

Deno.test("findDriveMount takes the last of several, which covers the others", () => {
  const mounts = ["C: /mnt/c drvfs rw 0 0", "C: /c drvfs rw 0 0", "D: /d drvfs rw 0 0", ""].join("\n");
  equal([findDriveMount(mounts, "C"), findDriveMount(mounts, "D"), findDriveMount(mounts, "E")], [
    "/c",
    "/d",
    null,
  ]);
});
