import { BuiltinWake } from "../../../src/linux/ebpf/builtin_wake.ts";
import { testListenEvents } from "../listen_events_suite.ts";

testListenEvents({
  name: "builtin",
  make: () => new BuiltinWake(),
  hasInodes: true,
  hasNamespaces: true,
  needs: ["root"],
});
