/** Reads what `--loopback` takes. */
import { parsePort } from "../net/port.ts";
import { type PortRange, PortSet } from "../net/port_set.ts";
import { findHeldBackProgram, isInterpreter } from "../plan/held_back/held_back_programs.ts";
import type { LoopbackChoice } from "../plan/loopback/loopback_policy.ts";
import type { Parsed } from "./values.ts";

const SHAPE = "ports, the name of a program, or both, such as 5173, uvicorn or node:5173";

/** `5173,8000-8010`, `uvicorn` or `node:5173`. */
export function parseLoopback(text: string): Parsed<LoopbackChoice> {
  const all = parseSorted(text);
  if (all !== null) return { value: { program: null, ...all } };
  const colon = text.lastIndexOf(":");
  const program = colon < 0 ? text : text.slice(0, colon);
  if (program === "" || program.length > 4096 || /[\0,]/.test(program) || /^[\d\s-]+$/.test(program)) {
    return { expected: SHAPE };
  }
  if (colon >= 0) {
    const ports = parseSorted(text.slice(colon + 1));
    return ports === null ? { expected: SHAPE } : { value: { program, ...ports } };
  }
  if (isInterpreter(program)) {
    return {
      expected:
        "ports, or the program's own name: an interpreter runs many programs; for one port: node:5173",
    };
  }
  const why = findHeldBackProgram([program]);
  if (why !== null) return { expected: `ports, since this program is never opened by its name (${why})` };
  return { value: { program, ports: PortSet.EMPTY, ranges: PortSet.EVERY } };
}

/** Single ports and ranges apart; null where it is neither. */
function parseSorted(text: string): Pick<LoopbackChoice, "ports" | "ranges"> | null {
  if (PortSet.parse(text) === null) return null;
  const single: PortRange[] = [], ranges: PortRange[] = [];
  for (const part of text.split(",").map((part) => part.trim())) {
    const port = parsePort(part);
    if (port !== null) single.push({ first: port, last: port });
    else ranges.push(...PortSet.parse(part)!.ranges);
  }
  return { ports: new PortSet(single), ranges: new PortSet(ranges) };
}

/** As the user would write it. */
export function formatLoopback({ program, ports, ranges }: LoopbackChoice): string {
  const name = program ?? "";
  if (ranges === PortSet.EVERY || ranges.toString() === PortSet.EVERY.toString()) return name;
  const all = [ports, ranges].filter((each) => !each.isEmpty).map(String).join(",");
  return name === "" ? all : `${name}:${all}`;
}
