import { deepStrictEqual as equal } from "node:assert/strict";
import { findDriveMounts } from "../../../src/wsl/mounts.ts";

const GUID = "{0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9}";

/** What WSL's init notes of a tag: read in its source. */
const readTag = (tag: string) => tag === GUID ? "C:\\" : null;

const ROOT = "/dev/sdc / ext4 rw,relatime,discard 0 0";

Deno.test("findDriveMounts finds a drive however WSL mounts it", () => {
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
    [
      "virtiofs by a tag that names the drive (recorded)",
      "drvfsC0 /mnt/c virtiofs rw,relatime 0 0",
      "/mnt/c",
    ],
    ["the same, another drive", "drvfsD1 /mnt/d virtiofs rw,relatime 0 0", null],
    ["the elevated one (read in WSL's source)", "drvfsaC12 /mnt/c virtiofs rw,relatime 0 0", "/mnt/c"],
    ["virtiofs by a tag that is a GUID", `${GUID} /mnt/c virtiofs rw,relatime 0 0`, "/mnt/c"],
    ["another GUID", `${GUID.replace("0a", "0b")} /mnt/d virtiofs rw,relatime 0 0`, null],
    ["a tag that would lead elsewhere", "../../etc /mnt/c virtiofs rw 0 0", null],
    ["a tag on no virtiofs", "drvfsC0 /mnt/c ext4 rw 0 0", null],
    [
      "virtiofs, as older notes had it",
      "drvfsaC1 /mnt/c virtiofs rw,noatime,aname=drvfsa;path=C:\\134 0 0",
      "/mnt/c",
    ],
    ["WSL 1", "C: /mnt/c drvfs rw,noatime,uid=1000,gid=1000,case=off 0 0", "/mnt/c"],
    ["small letter", "c: /c drvfs rw,noatime 0 0", "/c"],
    ["elsewhere", "C:\\134 /win/my\\040drive 9p rw,aname=drvfs;path=C:\\134 0 0", "/win/my drive"],
    ["another drive", "D:\\134 /mnt/d 9p rw,aname=drvfs;path=D:\\134;uid=0 0 0", null],
    ["a folder of the drive", "C:\\134Users /mnt/u 9p rw,aname=drvfs;path=C:\\134Users;uid=0 0 0", null],
    ["another file system", "C:\\134 /mnt/c ext4 rw,path=C:\\134 0 0", null],
    ["none", "", null],
    ["garbage", "C: \n\n x y\n\0", null],
  ];
  for (const [name, line, found] of cases) {
    equal(findDriveMounts(`${ROOT}\n${line}\n`, "C", readTag)[0] ?? null, found, name);
  }
});

Deno.test("findDriveMounts names the last of several first: it covers the others", () => {
  const mounts = ["C: /mnt/c drvfs rw 0 0", "C: /c drvfs rw 0 0", "D: /d drvfs rw 0 0", ""].join("\n");
  const find = (drive: string) => findDriveMounts(mounts, drive, readTag);
  equal([find("C"), find("D"), find("E")], [["/c", "/mnt/c"], ["/d"], []]);
});
