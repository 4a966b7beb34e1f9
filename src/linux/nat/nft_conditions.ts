import type { Protocol } from "../../net/endpoint.ts";
import { isPort } from "../../net/port.ts";
import { PortSet } from "../../net/port_set.ts";
import { type Condition, type Net, NEVER, parseNet } from "./nat_rules.ts";

/** What nft prints as JSON: anything. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The member of an object; undefined where it is none, or has none of that name. */
export function memberOf(value: Json | undefined, name: string): Json | undefined {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return undefined;
  return (value as { readonly [key: string]: Json })[name];
}

/** The items of a list; of anything else none. */
export function itemsOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

/** A text; anything else is an empty one. */
export function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

/**
 * What it means that `left` is one of some values (libnftables-json(5)); none where that always holds for a connection from
 * Windows to the guest.
 */
export function readCondition(left: Json, values: readonly Json[], isNot: boolean): readonly Condition[] {
  const payload = memberOf(left, "payload"), field = textOf(memberOf(payload, "field"));
  const protocol = textOf(memberOf(payload, "protocol"));
  if (field === "dport" && /^(tcp|udp|th)$/.test(protocol)) {
    const ports = readPorts(values);
    if (ports === null) return [NEVER];
    const about: Condition = { kind: "ports", ports: isNot ? ports.invert() : ports };
    return protocol === "th" ? [about] : [{ kind: "protocol", protocols: [protocol as Protocol] }, about];
  }
  if (protocol === "ip" && (field === "daddr" || field === "saddr")) {
    const nets = values.map(readNet);
    if (!nets.every((net) => net !== null)) return [NEVER];
    return [{ kind: field === "daddr" ? "destination" : "source", nets, isNot }];
  }
  const key = protocol === "ip" && field === "protocol"
    ? "l4proto"
    : textOf(memberOf(memberOf(left, "meta"), "key"));
  switch (key) {
    case "l4proto":
      if (isNot) return [NEVER];
      return [{
        kind: "protocol",
        protocols: (["tcp", "udp"] as const).filter((each) => values.includes(each)),
      }];
    case "iif":
    case "iifname":
      return [{ kind: "interface", names: values.map(textOf), isNot }];
    case "nfproto":
      return values.includes("ipv4") !== isNot ? [] : [NEVER];
  }
  const fib = memberOf(left, "fib");
  if (memberOf(fib, "result") === "type") {
    const isTo = itemsOf(memberOf(fib, "flags")).includes("daddr");
    return values.includes("local") === (isTo !== isNot) ? [] : [NEVER];
  }
  if (textOf(memberOf(memberOf(left, "ct"), "key")) === "state") {
    return values.includes("new") !== isNot ? [] : [NEVER];
  }
  // One of several that are taken in turn: any of them may be.
  return memberOf(left, "numgen") === undefined ? [NEVER] : [];
}

function readPorts(values: readonly Json[]): PortSet | null {
  const ranges = values.map((value) => {
    const [first, last] = typeof value === "number" ? [value, value] : itemsOf(memberOf(value, "range"));
    if (typeof first !== "number" || typeof last !== "number") return null;
    return isPort(first) && isPort(last) && first <= last ? { first, last } : null;
  });
  return ranges.every((range) => range !== null) ? new PortSet(ranges) : null;
}

function readNet(value: Json): Net | null {
  if (typeof value === "string") return parseNet(value);
  const prefix = memberOf(value, "prefix");
  return parseNet(`${textOf(memberOf(prefix, "addr"))}/${memberOf(prefix, "len")}`);
}
