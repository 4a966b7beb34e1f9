import { isLoopback, unmapIpv4 } from "../../net/address.ts";
import type { RejectionReason } from "../../plan/desired/rejection.ts";
import { valueOf } from "../attempt.ts";
import { failed, type Finding, note, ok } from "../finding.ts";
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
  const isOpenable = sockets.some(({ address }) => (unmapIpv4(address) ?? address) === "127.0.0.1");
  const advice = adviseBinding(first?.program ?? null, guestPort);
  return failed(
    "binding",
    `it is bound to ${first?.address} only: nothing outside this VM can reach it`,
    isOpenable ? `sudo wslfwd ${guestPort} opens it as it is; or ${advice}` : advice,
  );
}

/** How some servers are told by which names and addresses they may be called, as their own documents say. */
const HOST_ADVICE: readonly (readonly [name: string, advice: string])[] = [
  ["vite", "server.allowedHosts in vite.config.js"],
  ["webpack", 'devServer.allowedHosts: "all" in webpack.config.js'],
  ["jupyter-lab", "jupyter lab --ServerApp.allow_remote_access=True"],
  ["jupyter-noteboo", "jupyter notebook --ServerApp.allow_remote_access=True"],
  ["rails", "config.hosts in config/environments/development.rb"],
  ["puma", "config.hosts in config/environments/development.rb"],
  ["manage.py", "ALLOWED_HOSTS in settings.py"],
];
const GENERAL_ADVICE =
  "allow it: vite server.allowedHosts, webpack devServer.allowedHosts, Jupyter --ServerApp.allow_remote_access=True, Django ALLOWED_HOSTS";

/** Whether the program refuses requests that call it otherwise than this machine does, by the status of its answers alone. */
export function checkHostHeader({ hosts, sockets }: PortFacts): Finding | null {
  if (hosts === null || hosts.local === null || isRefusal(hosts.local)) return null;
  const names = sockets.flatMap(({ program }) => program === null ? [] : [program.name, ...program.aliases]);
  const advice = HOST_ADVICE.find(([name]) => names.includes(name))?.[1] ?? GENERAL_ADVICE;
  if (hosts.byAddress !== null && isRefusal(hosts.byAddress)) {
    const text =
      `it refuses whoever calls it by Windows' address (HTTP ${hosts.byAddress}): it checks the Host header`;
    return failed("host-header", text, advice);
  }
  if (hosts.byName !== null && isRefusal(hosts.byName)) {
    const text =
      `it answers to Windows' address, and refuses names that it does not know (HTTP ${hosts.byName})`;
    return note("host-header", text, advice);
  }
  return null;
}

/** 400, 403 and 421 are what servers answer to a host that they do not serve. */
function isRefusal(status: number): boolean {
  return status === 400 || status === 403 || status === 421;
}

/** Whether everything that listens on the port is on loopback. */
export function isOnLoopback({ sockets }: Pick<PortFacts, "sockets">): boolean {
  return sockets.length > 0 && sockets.every(({ address }) => isLoopback(address));
}
