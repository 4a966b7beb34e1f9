import type { Desired, Forward } from "../desired/forward.ts";
import type { Rejection } from "../desired/rejection.ts";

/** What has to be opened for these forwards: port in the guest -> cookie. */
export function wantedAdmissions(forwards: readonly Forward[]): ReadonlyMap<number, bigint> {
  return new Map(
    forwards.flatMap(({ admission }) => admission === undefined ? [] : [[admission.port, admission.cookie]]),
  );
}

/**
 * What should be forwarded, once it is known which services on 127.0.0.1 are open: one that is not is left out. `refusal`: why none
 * of those could be opened, so that each is worth a word; null where it only went away meanwhile. A port that is forwarded whatever
 * listens stays.
 */
export function settleAdmissions(
  desired: Desired,
  open: ReadonlySet<number>,
  refusal: string | null,
): Desired {
  const rejections: Rejection[] = [];
  const forwards = desired.forwards.flatMap((forward): Forward[] => {
    const { admission, origin } = forward;
    if (admission === undefined || open.has(admission.port)) return [forward];
    if (origin === "fixed-port") return [{ ...withoutAdmission(forward), listener: null }];
    if (refusal !== null) rejections.push(reject(forward, refusal));
    return [];
  });
  return {
    forwards,
    rejections: [...desired.rejections, ...rejections].sort((a, b) => a.hostPort - b.hostPort),
  };
}

function withoutAdmission({ admission: _, ...forward }: Forward): Forward {
  return forward;
}

function reject({ rules, listener }: Forward, detail: string): Rejection {
  const { protocol, port } = rules[0]!.listen;
  return {
    protocol,
    hostPort: port,
    listener,
    program: listener?.program ?? null,
    reason: "loopback-closed",
    detail,
  };
}
