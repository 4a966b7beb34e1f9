import { ClosedGate } from "../../src/contracts/closed_gate.ts";
import { DEFAULT_POLICY } from "../../src/plan/desired/policy.ts";
import { Reconciler } from "../../src/reconcile/reconciler.ts";
import { WindowsHost } from "../../src/windows/portproxy/windows_host.ts";
import { GUEST, listening, OWNER, withoutProgram } from "../unit/plan/samples.ts";
import { FakeClock } from "../unit/time/fake_clock.ts";
import { type FakePrograms, OWNED } from "../unit/windows/fake_programs.ts";

/** A reconciler over programs of Windows, in a guest in which these ports are open. */
export function reconcilerOver(
  programs: FakePrograms,
  ports: readonly number[],
): { reconciler: Reconciler; clock: FakeClock } {
  const clock = new FakeClock();
  const listeners = ports.map((port) => withoutProgram({ ...listening(`0.0.0.0:${port}`), inode: port }));
  const reconciler = new Reconciler({
    listeners: { name: "netlink", snapshot: () => listeners, close() {} },
    programs: {
      resolve: () => Promise.resolve(),
      programOf: () => null,
      wasLookedUp: () => true,
      hintName() {},
      close() {},
    },
    address: {
      current: () =>
        Promise.resolve({ address: GUEST, interfaceName: "eth0", gateway: "172.20.0.1", warning: null }),
    },
    gate: new ClosedGate("none"),
    host: new WindowsHost(programs, OWNED),
    policy: { ...DEFAULT_POLICY, listenAddresses: ["0.0.0.0"] },
    owner: OWNER,
    lingerMs: 0,
    intervalMs: 500,
    clock,
    emit: () => {},
  });
  return { reconciler, clock };
}
