import { namesOf } from "../../net/listener.ts";
import { failed, type Finding, note } from "../finding.ts";
import type { ServerKind } from "./host_answers.ts";
import type { PortFacts } from "./port_facts.ts";

const VITE = "server.allowedHosts in vite.config.js";
const WEBPACK = 'devServer.allowedHosts: "all" in webpack.config.js';
const JUPYTER = "jupyter … --ServerApp.allow_remote_access=True (before Notebook 7: --NotebookApp.…)";
const RAILS = "config.hosts in config/environments/development.rb";

/** How some servers are told by which names and addresses they may be called. The first three were tried on them. */
const HOST_ADVICE: readonly (readonly [name: string, advice: string])[] = [
  ["vite", VITE],
  ["webpack", WEBPACK],
  ["webpack-dev-server", WEBPACK],
  ["jupyter-lab", JUPYTER],
  ["jupyter-server", JUPYTER],
  ["jupyter-notebook", JUPYTER],
  ["rails", RAILS],
  ["puma", RAILS],
  ["manage.py", "ALLOWED_HOSTS in settings.py"],
];
const KIND_ADVICE: Readonly<Record<ServerKind, string>> = { vite: VITE, webpack: WEBPACK, jupyter: JUPYTER };
const GENERAL_ADVICE =
  "allow it: vite server.allowedHosts, webpack devServer.allowedHosts, Jupyter --ServerApp.allow_remote_access=True, Django ALLOWED_HOSTS";

/** Whether the program refuses requests that call it otherwise than this machine does. */
export function checkHostHeader({ hosts, sockets }: Pick<PortFacts, "hosts" | "sockets">): Finding | null {
  if (hosts === null || hosts.local === null || isRefusal(hosts.local)) return null;
  const names = sockets.flatMap(({ program }) => namesOf(program));
  // What an answer shows is surer than a name: vite runs below many other names.
  const advice = hosts.kind === null
    ? HOST_ADVICE.find(([name]) => names.includes(name))?.[1] ?? GENERAL_ADVICE
    : KIND_ADVICE[hosts.kind];
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
