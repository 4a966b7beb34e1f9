import { type ProgramType } from "../../../src/linux/ebpf/listen/attachment.ts";
import { BuiltinWake } from "../../../src/linux/ebpf/listen/builtin_wake.ts";
import { testListenEvents } from "../listen_events_suite.ts";

for (const programType of ["tp_btf", "raw_tp"] satisfies ProgramType[]) {
  testListenEvents({
    name: `builtin (${programType})`,
    make: () => new BuiltinWake({ programTypes: [programType] }),
    hasInodes: true,
    hasNamespaces: true,
    needs: ["root"],
  });
}
