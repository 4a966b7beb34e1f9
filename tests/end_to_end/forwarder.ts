/** wslfwd in the guest of a lab, followed by what it says in JSON. */
import { deepStrictEqual, equal, ok } from "node:assert/strict";
import type { JsonField } from "../../src/cli/json/json_field.ts";
import { COMMON_FIELDS, EVENT_FIELDS, JSON_VERSION } from "../../src/cli/json/json_fields.ts";
import type { SpawnOptions } from "../simulated/guest.ts";
import type { Lab } from "../simulated/lab.ts";
import type { Exit, RunningProgram } from "../simulated/running_program.ts";

/** `WSLFWD_TEST_HELPER=all` plays every scenario with that choice of --helper. */
const CHOICE = Deno.env.get("WSLFWD_TEST_HELPER"), HELPER = CHOICE === undefined ? [] : ["--helper", CHOICE];

/** Starts `wslfwd --json` and waits until rules follow listeners. */
export async function startForwarder(
  lab: Lab,
  args: readonly string[] = [],
  options: SpawnOptions = {},
): Promise<RunningProgram> {
  // As root it would find out by itself which engine works here; tests of engines name one.
  const isChosen = args.some((word) => /^--(realtime|interval)/.test(word));
  const engine = isChosen ? [] : ["--realtime=off"];
  const program = lab.wslfwd(["--json", ...HELPER, ...args, ...engine], options);
  await program.waitForEvent("ready");
  return program;
}

/** Has it end by a signal, and checks that it ended well and that each line that it printed is as documented. */
export async function stopForwarder(
  program: RunningProgram,
  signal: Deno.Signal = "SIGTERM",
): Promise<Exit> {
  await program.kill(signal);
  const exit = await program.exit;
  deepStrictEqual([exit.code, exit.stderr], [0, ""], exit.stdout);
  checkEvents(program);
  return exit;
}

/** Resolves when a port is forwarded, which may have been before. */
export function waitForForwarded(program: RunningProgram, port: number): Promise<Record<string, unknown>> {
  return program.waitForEvent("forwarded", (event) => event.listenPort === port);
}

/** Resolves when a port is rejected, with the reason. */
export async function waitForRejected(program: RunningProgram, port: number): Promise<string> {
  const { reason } = await program.waitForEvent("rejected", (event) => event.listenPort === port);
  return reason as string;
}

/** Checks every line that a `wslfwd --json` printed against the documented fields. */
export function checkEvents(program: RunningProgram): void {
  for (const line of program.lines) checkEvent(line);
}

function checkEvent(line: string): void {
  // deno-lint-ignore no-control-regex -- nothing that a terminal could act on may be in it
  ok(!/[\x00-\x1f\x7f-\x9f]/.test(line), `control characters in ${JSON.stringify(line)}`);
  const event = JSON.parse(line) as Record<string, unknown>;
  const type = event.type as keyof typeof EVENT_FIELDS;
  ok(type in EVENT_FIELDS, `no such type: ${line}`);
  const fields: readonly JsonField[] = [...COMMON_FIELDS, ...EVENT_FIELDS[type]];
  deepStrictEqual(Object.keys(event), fields.map((field) => field.name), line);
  for (const field of fields) ok(isOfType(event[field.name], field.type), `${field.name} of ${line}`);
  equal(event.wslfwd, JSON_VERSION);
  equal(new Date(event.time as string).toISOString(), event.time);
}

const TYPES: Readonly<Record<string, (value: unknown) => boolean>> = {
  "text": (value) => typeof value === "string",
  "number": (value) => typeof value === "number",
  "true/false": (value) => typeof value === "boolean",
  "list": (value) => Array.isArray(value) && value.every((item) => typeof item === "string"),
  "numbers": (value) => Array.isArray(value) && value.every((item) => typeof item === "number"),
  "objects": (value) =>
    Array.isArray(value) && value.every((item) => typeof item === "object" && item !== null),
  "null": (value) => value === null,
};

function isOfType(value: unknown, type: string): boolean {
  return type.split(" or ").some((word) => TYPES[word]!(value));
}
