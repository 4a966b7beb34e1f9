import type { InstanceAnswer } from "../daemon/instance_lock.ts";
import { JSON_VERSION } from "./json_fields.ts";
import type { View } from "./view.ts";
import { VERSION } from "./version.ts";
import type { ViewState } from "./view_state.ts";

/** What a running instance says of itself, to another one that was asked for `status` or `list`. */
export interface StatusAnswer extends InstanceAnswer {
  /** The version of this format. */
  readonly wslfwd: number;
  /** The version of the program. */
  readonly version: string;
  /** The guest's address; null until it is known. */
  readonly guestAddress: string | null;
  /** What its screen shows. */
  readonly view: View;
}

/** The answer of this instance. */
export function statusAnswer(task: string, state: ViewState): StatusAnswer {
  const { guestAddress, view } = state;
  return { app: "wslfwd", wslfwd: JSON_VERSION, version: VERSION, pid: Deno.pid, task, guestAddress, view };
}

/** Reads the answer of an instance, which may be of another version; null where it has not this format. */
export function readStatusAnswer(answer: InstanceAnswer): StatusAnswer | null {
  const view = answer.view as Partial<View> | null | undefined;
  const hasView = Array.isArray(view?.forwards) && Array.isArray(view.rejections) &&
    Array.isArray(view.notices);
  return answer.wslfwd === JSON_VERSION && hasView ? answer as StatusAnswer : null;
}
