import { deepStrictEqual as equal } from "node:assert/strict";
import { findInvokingUser } from "../../../src/config/invoking_user.ts";

const PASSWD = `root:x:0:0:root:/root:/bin/bash
# a comment
broken:x:1000
me:x:1000:1001:Me,,,:/home/me:/bin/zsh
odd:x:1002:1002::relative:/bin/sh
`;

function find(uid: number, variables: Record<string, string>) {
  return findInvokingUser({ uid, gid: uid, env: (name) => variables[name], passwd: PASSWD });
}

Deno.test("findInvokingUser is whoever called sudo, wherever HOME points", () => {
  const variables = { SUDO_UID: "1000", SUDO_GID: "5", SUDO_USER: "me", HOME: "/root" };
  equal(find(0, variables), { uid: 1000, gid: 1001, home: "/home/me" });
});

Deno.test("findInvokingUser knows no home for a user who is not in /etc/passwd", () => {
  equal(find(0, { SUDO_UID: "4711", SUDO_GID: "12", HOME: "/root" }), { uid: 4711, gid: 12, home: null });
  equal(find(0, { SUDO_UID: "1002", HOME: "/root" }), { uid: 1002, gid: 0, home: null });
});

Deno.test("findInvokingUser believes nobody but root", () => {
  equal(find(1000, { SUDO_UID: "0", HOME: "/home/me" }), { uid: 1000, gid: 1000, home: "/home/me" });
  equal(find(1000, { SUDO_UID: "1002", HOME: "/home/me" }), { uid: 1000, gid: 1000, home: "/home/me" });
});

Deno.test("findInvokingUser is root itself without sudo, and for a SUDO_UID that is none", () => {
  const root = { uid: 0, gid: 0, home: "/root" };
  equal(find(0, { HOME: "/root" }), root);
  equal(find(0, { HOME: "/root", SUDO_UID: "0" }), root);
  equal(find(0, { HOME: "/root", SUDO_UID: "-1" }), root);
  equal(find(0, { HOME: "/root", SUDO_UID: "1000; id" }), root);
});

Deno.test("findInvokingUser takes the home from /etc/passwd where HOME says nothing", () => {
  equal(find(1000, {}).home, "/home/me");
  equal(find(1000, { HOME: "relative" }).home, "/home/me");
  equal(find(9999, {}).home, null);
});
