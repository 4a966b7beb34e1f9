import { BpftraceWake } from "../../src/linux/bpftrace/bpftrace_wake.ts";
import { testListenEvents } from "./listen_events_suite.ts";

testListenEvents({
  name: "bpftrace",
  make: () => new BpftraceWake(),
  hasInodes: true,
  hasNamespaces: true,
  needs: ["root", "bpftrace"],
});
