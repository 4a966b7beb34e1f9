import type { Listener, Program } from "../net/listener.ts";
import type { Rule } from "../plan/rule.ts";
import type { ReconcileEvent } from "../reconcile/events.ts";
import { JSON_VERSION } from "./json_fields.ts";
import type { LineOptions } from "./render_lines.ts";

/** One event as one JSON object in one line. What its fields mean stands in json_fields.ts. */
export function renderJsonEvent(event: ReconcileEvent, options: LineOptions): string {
  const time = new Date(options.timeMs).toISOString();
  return stringifyLine({ wslfwd: JSON_VERSION, time, type: event.type, ...fieldsOf(event, options) });
}

/**
 * JSON without a line break in it, and fit for a terminal: what a terminal might act on (C1 controls, bidi
 * overrides), which JSON.stringify leaves as it is, is written `\uXXXX`, which reads back the same.
 */
export function stringifyLine(value: unknown): string {
  return JSON.stringify(value).replace(/[\p{C}\p{Zl}\p{Zp}\p{DI}]/gu, (character) => {
    let escaped = "";
    for (let i = 0; i < character.length; i++) {
      escaped += `\\u${character.charCodeAt(i).toString(16).padStart(4, "0")}`;
    }
    return escaped;
  });
}

function fieldsOf(event: ReconcileEvent, { lanAddress }: LineOptions): Record<string, unknown> {
  switch (event.type) {
    case "forwarded": {
      const { rule, listener, program, isTakenOver } = event;
      return {
        ...ruleFields(rule),
        lanAddress,
        ...boundFields(listener),
        ...programFields(program),
        isTakenOver,
      };
    }
    case "removed":
      return { ...ruleFields(event.rule), ...programFields(event.program), reason: event.reason };
    case "rejected":
    case "cleared": {
      const { hostPort, listener, program, reason, detail } = event.rejection;
      return { listenPort: hostPort, ...boundFields(listener), ...programFields(program), reason, detail };
    }
    case "restored":
      return { ...ruleFields(event.entry), isBack: event.isBack };
    case "released":
      return ruleFields(event.rule);
    default: {
      const { type: _, ...fields } = event;
      return fields;
    }
  }
}

/** Named one by one: a rule may carry more than the format promises. */
function ruleFields({ listenAddress, listenPort, connectAddress, connectPort }: {
  readonly [K in keyof Rule]: Rule[K] | string;
}): Record<string, unknown> {
  return { listenAddress, listenPort, connectAddress, connectPort };
}

function boundFields(listener: Listener | null): Record<string, unknown> {
  return { boundAddress: listener?.address ?? null, boundPort: listener?.port ?? null };
}

function programFields(program: Program | null): Record<string, unknown> {
  return { program: program?.name ?? null, pid: program?.pid ?? null };
}
