import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { mergeSettings } from "../../../../src/config/settings.ts";
import { parseOnlyPorts, parsePortWords } from "../../../../src/config/values.ts";
import { PortSet } from "../../../../src/net/port_set.ts";
import { desiredRules } from "../../../../src/plan/desired/desired_rules.ts";
import type { Policy } from "../../../../src/plan/desired/policy.ts";
import { judgeHeldBack, needsProgramToHold } from "../../../../src/plan/held_back/judge_held_back.ts";
import { FREE_HOST, GUEST, listening, policyOf, ports } from "../samples.ts";

/** What is said, who listens (port, name, aliases), and whether it is held back. */
const CASES: readonly (readonly [Partial<Policy>, readonly [number, string | null, ...string[]], boolean])[] =
  [
    // By port, whoever listens there.
    [{}, [9229, "node"], true],
    [{}, [9229, null], true],
    [{}, [9222, "chrome"], true],
    [{}, [2375, "dockerd"], true],
    [{}, [6379, "docker-proxy"], true],
    [{}, [27017, null], true],
    [{}, [9200, "java"], true],
    // By program, wherever it listens.
    [{}, [7777, "redis-server"], true],
    [{}, [7777, "server", "redis-server"], true],
    [{}, [7777, "memcached"], true],
    [{}, [9333, "chrome"], true],
    [{}, [9100, "php-fpm8.2"], true],
    // An everyday port only together with its program.
    [{}, [5005, "app.jar", "java"], true],
    [{}, [5005, "flask"], false],
    [{}, [5678, "python3.12"], true],
    [{}, [5678, "n8n", "node"], false],
    [{}, [6006, "storybook", "node"], false],
    [{}, [6000, "Xorg"], true],
    [{}, [9000, "php-fpm"], true],
    [{}, [9000, "MainThread", "node"], false],
    [{}, [8001, "kubectl"], true],
    [{}, [8001, "uvicorn"], false],
    [{}, [1234, null], false],
    // What asks for a password, and everything else.
    [{}, [22, "sshd"], false],
    [{}, [5432, "postgres"], false],
    [{}, [3306, "mysqld"], false],
    [{}, [3000, "node"], false],
    [{}, [3000, null], false],
    // What is meant.
    [{ allowPorts: ports("6379") }, [6379, "redis-server"], false],
    [{ allowPorts: ports("6378,6379,6380") }, [6379, "redis-server"], false],
    [{ allowPorts: ports("6000-7000") }, [6379, "redis-server"], true],
    [{ allowPorts: ports("1-65535,9229") }, [9229, "node"], false],
    [{ portMaps: [{ hostPort: 80, guestPort: 2375 }] }, [2375, "dockerd"], false],
    [{ byHand: new Map([[6379, "open"]]) }, [6379, "redis-server"], false],
    [{ allowPrograms: ["redis-server"] }, [6379, "redis-server"], false],
    [{ allowPrograms: ["redis-server"] }, [7777, "redis-server"], false],
    // Who names an interpreter, or what passes on, does not mean its debugger, nor what it passes on.
    [{ allowPrograms: ["node"] }, [9229, "node"], true],
    [{ allowPrograms: ["docker-proxy"] }, [6379, "docker-proxy"], true],
    [{ allowPrograms: ["python3"] }, [5678, "debugpy", "python3"], true],
  ];

Deno.test("judgeHeldBack holds back what hands over the machine, and lets through what is meant", () => {
  for (const [changes, [port, name, ...aliases], isHeld] of CASES) {
    const policy = policyOf(changes), listener = listening(`0.0.0.0:${port}`, name, aliases);
    equal(judgeHeldBack(policy, listener) !== null, isHeld, `${port} ${name} ${JSON.stringify(changes)}`);
    const { forwards, rejections } = desiredRules([listener], policy, GUEST, FREE_HOST);
    equal(forwards.length, isHeld ? 0 : 1, `${port} ${name}`);
    if (isHeld) equal(rejections.map(({ reason }) => reason), ["held-back"]);
    for (const { detail } of rejections) ok(detail !== "");
  }
});

Deno.test("judgeHeldBack is about TCP alone, and comes after what is disallowed", () => {
  equal(judgeHeldBack(policyOf({}), { protocol: "udp", port: 6379, program: null }), null);
  const policy = policyOf({ denyPorts: ports("6379") });
  const { rejections } = desiredRules([listening("0.0.0.0:6379", "x")], policy, GUEST, FREE_HOST);
  equal(rejections.map(({ reason }) => reason), ["port"]);
});

Deno.test("a fixed port is forwarded, whatever listens", () => {
  const policy = policyOf({ fixedPorts: ports("6379") });
  const { forwards } = desiredRules([listening("0.0.0.0:6379", "redis-server")], policy, GUEST, FREE_HOST);
  equal(forwards.length, 1);
});

Deno.test("wslfwd 6379 and --allow-port 6379 mean it, ranges do not", () => {
  const surroundings = { ephemeralPorts: PortSet.EMPTY, holdsAddress: () => true, isRoot: true };
  const only = (text: string) => (parseOnlyPorts(text) as { value: never }).value;
  const words = (text: string) => (parsePortWords(text) as { value: never }).value;
  const redis = listening("0.0.0.0:6379", "redis-server");
  const isHeld = (choices: Parameters<typeof mergeSettings>[0]) =>
    judgeHeldBack(mergeSettings(choices, {}, surroundings).policy, redis) !== null;
  equal(isHeld({}), true);
  equal(isHeld({ only: only("6379") }), false);
  equal(isHeld({ only: only("3000,8080:6379") }), false);
  equal(isHeld({ only: only("6000-7000") }), true);
  equal(isHeld({ allowPorts: words("6379") }), false);
  equal(isHeld({ allowPorts: words("6000-7000,ephemeral") }), true);
});

Deno.test("needsProgramToHold: everyday ports alone", () => {
  equal([1234, 5005, 8001, 9000].every(needsProgramToHold), true);
  equal([80, 3000, 6379, 9229, 5432].some(needsProgramToHold), false);
});
