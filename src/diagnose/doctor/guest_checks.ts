import { openListenerSource } from "../../linux/proc/proc_net.ts";
import { examineGate } from "../../linux/ebpf/loopback/examine_gate.ts";
import { openAddressSource } from "../../daemon/open/open_reconciler.ts";
import { type Finding, note, ok } from "../finding.ts";
import { findGuestFirewall } from "../why/guest_firewall.ts";
import type { Machine, MachineCheck } from "./machine.ts";

/** What wslfwd needs of the guest. */
export const GUEST_CHECKS: readonly MachineCheck[] = [
  { name: "address", run: checkAddress },
  { name: "listeners", run: checkListeners },
  { name: "guest-firewall", run: checkGuestFirewall },
  { name: "loopback", run: checkLoopbackGate },
];

async function checkAddress({ settings }: Machine): Promise<Finding> {
  const { address, interfaceName, warning } = await openAddressSource(settings).current();
  if (warning !== null) return note("address", warning);
  return ok(
    "address",
    `this guest has ${address}${interfaceName === "" ? " (--wsl-ip)" : ` on ${interfaceName}`}`,
  );
}

function checkListeners(): Finding {
  const source = openListenerSource();
  try {
    const count = source.snapshot().length;
    if (source.name === "netlink") return ok("listeners", `sock_diag tells what listens: ${count} sockets`);
    const text = "this kernel has no sock_diag: what listens is read from /proc/net/tcp, which takes longer";
    return note("listeners", text, "sudo modprobe tcp_diag");
  } finally {
    source.close();
  }
}

/** Whether services on 127.0.0.1 could be opened, and whether somebody else names sockets for connections, too. */
function checkLoopbackGate(): Finding {
  const { refusal, others } = examineGate();
  if (refusal !== null) {
    return note("loopback", `services on 127.0.0.1 cannot be opened: ${refusal.message}`, refusal.remedy);
  }
  if (others.length === 0) return ok("loopback", "services on 127.0.0.1 can be opened (--loopback)");
  const text = `another eBPF program chooses sockets here, too (${
    others.join(", ")
  }): the first that names one wins`;
  return note("loopback", text, "bpftool link");
}

async function checkGuestFirewall(): Promise<Finding> {
  const firewall = await findGuestFirewall();
  if (firewall === null) {
    return ok("guest-firewall", "no firewall of this guest is known to keep anything out");
  }
  const text = `${firewall.name} in this guest keeps out what it is not told to let in`;
  return note("guest-firewall", text, `for each port: ${firewall.remedy}`);
}
