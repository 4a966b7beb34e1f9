import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { parseLoopback } from "../../../../src/config/loopback_values.ts";
import type { Program } from "../../../../src/net/listener.ts";
import { PortSet } from "../../../../src/net/port_set.ts";
import { findHeldBackPort } from "../../../../src/plan/held_back/held_back_ports.ts";
import { findHeldBackProgram, isInterpreter } from "../../../../src/plan/held_back/held_back_programs.ts";
import { judgeLoopback } from "../../../../src/plan/loopback/judge_loopback.ts";
import { type LoopbackPolicy, needsNamesForLoopback } from "../../../../src/plan/loopback/loopback_policy.ts";

function policy(words: readonly string[], code = ""): LoopbackPolicy {
  const choices = words.map((word) => {
    const parsed = parseLoopback(word);
    if ("expected" in parsed) throw new Error(`${word}: ${parsed.expected}`);
    return parsed.value;
  });
  const codePorts = code === "" ? PortSet.EMPTY : PortSet.parse(code)!;
  return { choices, codePorts, ephemeralPorts: PortSet.parse("32768-60999")! };
}

function named(name: string, ...aliases: string[]): Program {
  return { pid: 1, name, aliases };
}

const EDITOR = "/home/me/.vscode-server/bin/0/node";

/** What is named, the port, the program, and the reason; null: opened. */
const CASES: readonly (readonly [string[], number, Program | null, string | null, string?])[] = [
  [[], 5173, named("node"), "loopback"],
  [["5173"], 5173, named("node"), null],
  [["5173"], 5173, null, null],
  [["5173"], 5174, named("node"), "loopback"],
  [["node:5173"], 5173, named("node"), null],
  [["node:5173"], 5173, named("MainThread", "node"), null],
  [["node:5173"], 5173, named("python3"), "loopback"],
  [["node:5173"], 5173, null, "loopback"],
  [["uvicorn"], 8000, named("uvicorn"), null],
  [["uvicorn"], 8000, named("node"), "loopback"],
  [["uvicorn"], 8000, null, "loopback"],
  [["uvicorn"], 40000, named("uvicorn"), "loopback-held"],
  [["uvicorn"], 5678, named("uvicorn"), "loopback-held"],
  [["uvicorn:5678"], 5678, named("uvicorn"), "loopback-code"],
  [["uvicorn:5678"], 5678, named("uvicorn"), null, "5678"],
  [["3000-9999"], 5173, named("node"), null],
  [["3000-9999"], 5173, null, "loopback-held"],
  [["3000-9999"], 6379, named("redis-server"), "loopback-held"],
  [["3000-9999"], 9229, named("node"), "loopback-held"],
  [["3000-9999"], 9229, named("node"), "loopback-held", "9229"],
  [["3000-9999"], 5173, named("ssh"), "loopback-held"],
  [["30000-40000"], 35000, named("node"), "loopback-held"],
  [["35000"], 35000, named("node"), null],
  [["6379"], 6379, named("redis-server"), null],
  [["9229"], 9229, named("node"), "loopback-code"],
  [["9229"], 9229, named("node"), null, "9229"],
  [["5174"], 5174, named("ssh"), null],
  [["3000-9999"], 5173, { ...named("node"), executable: "/usr/bin/node" }, null],
  [["3000-9999"], 5173, { ...named("node"), executable: EDITOR }, "loopback-held"],
  [["server"], 5173, { ...named("server"), executable: EDITOR }, "loopback-held"],
  [["5173"], 5173, { ...named("node"), executable: EDITOR }, null],
];

Deno.test("judgeLoopback opens what is named, and what is held back only by its own port", () => {
  for (const [words, port, program, expected, code] of CASES) {
    const reason = judgeLoopback(policy(words, code), port, program)?.reason ?? null;
    equal(reason, expected, `${words} ${port} ${program?.name} ${code ?? ""}`);
  }
});

Deno.test("no name and no range opens a port of the table, whoever listens", () => {
  const all = policy(["1-65535", "app", "app:1-65535"], "1-65535");
  for (let port = 1; port < 65536; port++) {
    const isOpen = judgeLoopback(all, port, named("app")) === null;
    equal(isOpen, findHeldBackPort(port) === null && !all.ephemeralPorts.has(port), String(port));
  }
});

Deno.test("needsNamesForLoopback asks for no names where ports alone are named", () => {
  equal(
    [["5173"], ["5173,5174"], ["5173-5180"], ["uvicorn"], ["node:5173"], []].map((words) =>
      needsNamesForLoopback(policy(words))
    ),
    [false, false, true, true, true, false],
  );
});

Deno.test("findHeldBackProgram knows tunnels, agents and editors", () => {
  ok(findHeldBackProgram(["x", "ssh"]) !== null);
  equal(findHeldBackProgram(["node"]), null);
  ok(findHeldBackProgram(["node"], "/home/me/.vscode-server/bin/0/node") !== null);
  equal(findHeldBackProgram(["node"], "/usr/bin/node"), null);
});

Deno.test("isInterpreter knows names that say nothing", () => {
  const names = [
    "node",
    "python",
    "python3",
    "python3.12",
    "java",
    "deno",
    "ruby",
    "bun",
    "MainThread",
    "bash",
  ];
  equal(names.filter((name) => !isInterpreter(name)), []);
  equal(["vite", "uvicorn", "nodemon", "rubyist", "redis-server", "sh-server"].filter(isInterpreter), []);
});
