import type { GateRefusal } from "../../../contracts/loopback_gate.ts";
import { openCalls } from "../../../ffi/libc.ts";
import { findOtherLookups } from "../lookup/lookup_link.ts";
import { BpfSyscall } from "../sys/bpf_syscall.ts";
import { explainGateRefusal } from "./gate_refusal.ts";
import { OpenGate } from "./open_gate.ts";

/** What can be told of the gate without opening anything. */
export interface GateExamination {
  /** Why it cannot be had; null where it can. */
  readonly refusal: GateRefusal | null;
  /** The names of programs of others that choose sockets in this network namespace, too. Hostile texts. */
  readonly others: readonly string[];
}

/** An address that nobody has (RFC 5737): nothing ever passes. */
const NOWHERE = { guest: "192.0.2.1", gateway: "192.0.2.2", interfaceName: "lo" };

/** Attaches the gate for a moment, for nobody, and counts what else is attached. Never throws. */
export function examineGate(): GateExamination {
  const calls = openCalls("bpf", "open", "close");
  try {
    const others = findOtherLookups(calls, new BpfSyscall(calls));
    new OpenGate(NOWHERE, {}).close();
    return { refusal: null, others };
  } catch (error) {
    const { message, remedy } = explainGateRefusal(error);
    return { refusal: { message, remedy }, others: [] };
  } finally {
    calls.close();
  }
}
