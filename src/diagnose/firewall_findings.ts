/** What doctor and why say alike of the firewalls before a guest. */
import { SET_HYPER_V } from "../windows/firewall/hyper_v_firewall.ts";
import { failed, type Finding, note } from "./finding.ts";

/** Hyper-V's firewall does not take over the rules of Windows' own: none of ours counts in mirrored mode. */
export function hyperVShut(): Finding {
  return failed(
    "hyper-v",
    "the Hyper-V firewall, which stands before this guest, does not follow the rules of Windows' firewall (AllowHostPolicyMerge is False)",
    `${SET_HYPER_V} -AllowHostPolicyMerge True   (PowerShell, as administrator)`,
  );
}

/** Firewalls that Windows' rules say nothing to. */
export function otherFirewalls(names: readonly string[]): Finding {
  const which = names.join(" and ");
  const text = `${which} ${
    names.length === 1 ? "is a firewall" : "are firewalls"
  } beside Windows' own, which may keep the LAN out all the same`;
  return note("other-firewall", text, `let in TCP connections from your network in ${which}`);
}
