import { deepStrictEqual as equal } from "node:assert/strict";
import type { Program } from "../../../src/net/listener.ts";
import { judge, needsProgramNames, type Policy } from "../../../src/plan/desired/policy.ts";
import { forAll } from "../random.ts";
import { policyOf, ports } from "./samples.ts";

const named = (name: string, ...aliases: string[]): Program => ({ pid: 7, name, aliases });

Deno.test("judge: allowed beats disallowed beats default, a port rule beats a program rule", () => {
  type Row = readonly [string, Partial<Policy>, number, Program | null, ReturnType<typeof judge>];
  const node = named("node"), other = named("python3");
  const rows: readonly Row[] = [
    ["nothing said", {}, 80, node, null],
    ["nothing said, unknown program", {}, 80, null, null],
    // Ports.
    ["denied port", { denyPorts: ports("80") }, 80, node, "port"],
    ["another port denied", { denyPorts: ports("80") }, 81, node, null],
    ["allowed and denied port", { allowPorts: ports("80"), denyPorts: ports("1-100") }, 80, node, null],
    ["an allow list of ports", { allowPorts: ports("80") }, 81, node, "unlisted"],
    [
      "an allow list of ports, and denied",
      { allowPorts: ports("80"), denyPorts: ports("81") },
      81,
      node,
      "port",
    ],
    // Programs.
    ["denied program", { denyPrograms: ["node"] }, 80, node, "program"],
    ["another program denied", { denyPrograms: ["node"] }, 80, other, null],
    ["allowed and denied program", { allowPrograms: ["node"], denyPrograms: ["node"] }, 80, node, null],
    ["an allow list of programs", { allowPrograms: ["node"] }, 80, node, null],
    ["not in the allow list of programs", { allowPrograms: ["node"] }, 80, other, "unlisted"],
    [
      "denied, not in the allow list",
      { allowPrograms: ["node"], denyPrograms: ["python3"] },
      80,
      other,
      "program",
    ],
    // argv[0] and the executable count as much as comm.
    [
      "allowed by alias",
      { allowPrograms: ["server.js"] },
      80,
      named("MainThread", "node", "server.js"),
      null,
    ],
    ["denied by alias", { denyPrograms: ["node"] }, 80, named("MainThread", "node"), "program"],
    [
      "one name allowed, one denied",
      { allowPrograms: ["a"], denyPrograms: ["b"] },
      80,
      named("b", "a"),
      null,
    ],
    ["names are whole words", { denyPrograms: ["nod"] }, 80, node, null],
    ["names keep their case", { denyPrograms: ["Node"] }, 80, node, null],
    // Ports against programs.
    ["port allowed, program denied", { allowPorts: ports("80"), denyPrograms: ["node"] }, 80, node, null],
    ["port denied, program allowed", { denyPorts: ports("80"), allowPrograms: ["node"] }, 80, node, "port"],
    ["port allowed, program unlisted", { allowPorts: ports("80"), allowPrograms: ["x"] }, 80, node, null],
    ["port unlisted, program allowed", { allowPorts: ports("80"), allowPrograms: ["node"] }, 81, node, null],
    [
      "port unlisted, program not denied",
      { allowPorts: ports("80"), denyPrograms: ["x"] },
      81,
      node,
      "unlisted",
    ],
    // Programs that cannot be named.
    ["unknown while some are denied", { denyPrograms: ["node"] }, 80, null, "program"],
    ["unknown while some are allowed", { allowPrograms: ["node"] }, 80, null, "program"],
    ["`unknown` allowed", { allowPrograms: ["unknown"] }, 80, null, null],
    ["`Hidden` allowed", { allowPrograms: ["Hidden"], denyPrograms: ["node"] }, 80, null, null],
    ["`hidden` is no such word", { allowPrograms: ["hidden"] }, 80, null, "program"],
    ["unknown on an allowed port", { allowPorts: ports("80"), denyPrograms: ["node"] }, 80, null, null],
    ["unknown on a port that is not listed", { allowPorts: ports("80") }, 81, null, "unlisted"],
    ["`unknown` denied", { denyPrograms: ["unknown"] }, 80, null, "program"],
    ["`unknown` allowed is no name to be known by", { allowPrograms: ["unknown"] }, 80, node, "unlisted"],
    // Maps: whoever maps a port wants it.
    ["mapped", { portMaps: [{ hostPort: 8080, guestPort: 80 }], allowPrograms: ["x"] }, 80, node, null],
    [
      "mapped, program denied",
      { portMaps: [{ hostPort: 8080, guestPort: 80 }], denyPrograms: ["node"] },
      80,
      node,
      null,
    ],
    [
      "mapped, port denied",
      { portMaps: [{ hostPort: 8080, guestPort: 80 }], denyPorts: ports("80") },
      80,
      node,
      "port",
    ],
    [
      "mapped elsewhere",
      { portMaps: [{ hostPort: 80, guestPort: 8080 }], allowPrograms: ["x"] },
      80,
      node,
      "unlisted",
    ],
  ];
  for (const [name, changes, port, program, verdict] of rows) {
    equal(judge(policyOf(changes), port, program), verdict, name);
  }
});

Deno.test("needsProgramNames only where a program list is set", () => {
  equal(needsProgramNames(policyOf({ denyPorts: ports("80"), allowPorts: ports("81") })), false);
  equal(needsProgramNames(policyOf({ allowPrograms: ["node"] })), true);
  equal(needsProgramNames(policyOf({ denyPrograms: ["node"] })), true);
});

Deno.test("judge opens nothing that a shorter list of what is allowed, or a longer one of what is not, would", () => {
  const names = ["node", "python3", "unknown", "sshd"];
  forAll(2000, (random) => {
    const some = () => names.filter(() => random.chance(0.4));
    const policy = policyOf({
      allowPrograms: some(),
      denyPrograms: some(),
      allowPorts: ports(random.pick(["", "80", "81", "80-90"])),
      denyPorts: ports(random.pick(["", "80", "81", "80-90"])),
    });
    const port = random.int(79, 82);
    const program = random.chance(0.3)
      ? null
      : named(random.pick(names.filter((name) => name !== "unknown")));
    const stricter = { ...policy, denyPrograms: names, denyPorts: ports("1-65535") };
    if (judge(stricter, port, program) === null) equal(judge(policy, port, program), null);
    if (policy.denyPorts.has(port) && !policy.allowPorts.has(port)) {
      equal(judge(policy, port, program), "port");
    }
    if (policy.allowPorts.has(port)) equal(judge(policy, port, program), null);
    if (program === null && needsProgramNames(policy) && !policy.allowPrograms.includes("unknown")) {
      equal(judge(policy, port, program) === null, policy.allowPorts.has(port));
    }
  });
});
