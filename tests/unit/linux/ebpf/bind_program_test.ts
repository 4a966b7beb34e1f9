import { deepStrictEqual as equal } from "node:assert/strict";
import { assemble } from "../../../../src/linux/ebpf/asm/assembler.ts";
import { makeBindProgram, makeReleaseProgram } from "../../../../src/linux/ebpf/bind/bind_program.ts";
import { findCgroupMount } from "../../../../src/linux/ebpf/bind/cgroup_mount.ts";

Deno.test("the bind and release programs let every call go on, whichever way they end", () => {
  for (const make of [makeBindProgram, makeReleaseProgram]) {
    const { listing } = assemble(make({ ring: 5, bound: 6 }));
    const lines = listing.trim().split("\n").map((line) => line.replace(/^ *\d+ +/, ""));
    equal(lines.slice(-3), ["out:", "r0 = 1", "exit"]);
    equal(lines.filter((line) => line === "exit").length, 1);
  }
});

Deno.test("makeReleaseProgram tells only of a socket that was remembered", () => {
  equal(
    assemble(makeReleaseProgram({ ring: 5, bound: 6 })).listing,
    `   0  r6 = r1
   1  r2 = *(u32 *)(r6 +12)
   2  if r2 != 17 goto out
   3  r1 = r6
   4  call bpf_get_socket_cookie
   5  *(u64 *)(r10 -8) = r0
   6  r1 = map 6
   8  r2 = r10
   9  r2 += -8
  10  call bpf_map_delete_elem
  11  if r0 != 0 goto out
  12  r1 = map 5
  14  r2 = 8
  15  r3 = 0
  16  call bpf_ringbuf_reserve
  17  if r0 == 0 goto out
  18  *(u64 *)(r0 +0) = 0
  19  r1 = r0
  20  r2 = 0
  21  call bpf_ringbuf_submit
out:
  22  r0 = 1
  23  exit
`,
  );
});

Deno.test("findCgroupMount finds version 2 beside version 1", () => {
  const mounts = "cgroup /sys/fs/cgroup/cpu cgroup rw 0 0\ncgroup2 /sys/fs/cgroup/unified cgroup2 rw 0 0\n";
  equal(findCgroupMount(mounts), "/sys/fs/cgroup/unified");
  equal(findCgroupMount("tmpfs /cgroup2 tmpfs rw 0 0\n"), null);
  equal(findCgroupMount("x /a\\040b cgroup2 rw 0 0\n"), null);
});
