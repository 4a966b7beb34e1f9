import { isLoopback } from "../../net/address.ts";
import type { RejectionReason } from "../../plan/desired/rejection.ts";
import { isOpenable } from "../../plan/loopback/find_admission.ts";
import { valueOf } from "../attempt.ts";
import { failed, type Finding, ok } from "../finding.ts";
import { adviseBinding } from "./bind_advice.ts";
import type { PortFacts } from "./port_facts.ts";

/** Why the running wslfwd does not open a service on 127.0.0.1, and what to do. `detail` follows where it has one. */
const CLOSED: Partial<Record<RejectionReason, readonly [text: string, remedy: string]>> = {
  "loopback-held": [
    "it listens on 127.0.0.1 only, and what is held back is opened by its own port alone",
    "--loopback PORT",
  ],
  "loopback-code": [
    "it listens on 127.0.0.1 only, and runs code for whoever connects",
    "if you mean it: --loopback PORT --loopback-code PORT",
  ],
  "loopback-closed": ["it listens on 127.0.0.1 only, and wslfwd cannot open it", "have it listen on 0.0.0.0"],
};

/** A service that listens on loopback only: whether the running wslfwd opened it. To be asked where nothing else listens there. */
export function checkLoopback({ guest, guestPort, sockets, opinion, host }: PortFacts): Finding {
  const [first] = sockets, address = valueOf(guest.address);
  if (opinion?.isForwarding) {
    const pid = `wslfwd (pid ${opinion.pid})`;
    const toGuest = valueOf(host)?.toGuest ?? null;
    if (toGuest === null || valueOf(toGuest) !== false) {
      return ok("binding", `it is bound to 127.0.0.1 only, and ${pid} opened it at ${address}`);
    }
    const text =
      `it is bound to 127.0.0.1 only, and ${pid} opened it at ${address}, where Windows does not reach it`;
    return failed(
      "binding",
      text,
      "another program of this kind in the kernel, or a firewall: wslfwd doctor",
    );
  }
  const reason = opinion?.reason ?? null, closed = reason === null ? undefined : CLOSED[reason];
  if (closed !== undefined) {
    const detail = opinion?.detail ? `: ${opinion.detail}` : "";
    return failed("binding", `${closed[0]}${detail}`, closed[1].replaceAll("PORT", String(guestPort)));
  }
  const canOpen = sockets.some(isOpenable);
  const advice = adviseBinding(first?.program ?? null, guestPort);
  const never = sockets.every(({ address }) => address === "::1")
    ? ", and the kernel lets nobody open it"
    : "";
  return failed(
    "binding",
    `it is bound to ${first?.address} only: nothing outside this VM can reach it${never}`,
    canOpen ? `sudo wslfwd ${guestPort} opens it as it is; or ${advice}` : advice,
  );
}

/** Whether everything that listens on the port is on loopback. */
export function isOnLoopback({ sockets }: Pick<PortFacts, "sockets">): boolean {
  return sockets.length > 0 && sockets.every(({ address }) => isLoopback(address));
}
