import { deepStrictEqual as equal } from "node:assert/strict";
import { desiredRules } from "../../../src/plan/desired_rules.ts";
import { hostPortOf } from "../../../src/plan/forward.ts";
import { Linger } from "../../../src/reconcile/linger.ts";
import { FREE_HOST, GUEST, listening, policyOf, ports } from "../plan/samples.ts";

const desire = (texts: readonly string[], denied = "", guest = GUEST) =>
  desiredRules(
    texts.map((text) => listening(text)),
    policyOf({ denyPorts: ports(denied) }),
    guest,
    FREE_HOST,
  );

/** The ports that are kept, and when the next of them runs out. */
function extend(linger: Linger, desired: ReturnType<typeof desire>, nowMs: number, guest = GUEST) {
  const { forwards, nextMs } = linger.extend(desired, guest, nowMs);
  return [forwards.map((forward) => hostPortOf(forward).port), nextMs];
}

Deno.test("Linger keeps what is gone for its time", () => {
  const linger = new Linger(1000);
  equal(extend(linger, desire(["0.0.0.0:80", "0.0.0.0:81"]), 0), [[80, 81], null]);
  equal(extend(linger, desire(["0.0.0.0:81"]), 100), [[81, 80], 1100]);
  equal(extend(linger, desire([]), 500), [[81, 80], 1100]);
  equal(extend(linger, desire([]), 1100), [[81], 1500]);
  equal(extend(linger, desire([]), 5000), [[], null]);
});

Deno.test("Linger begins anew where what was gone came back", () => {
  const linger = new Linger(1000);
  extend(linger, desire(["0.0.0.0:80"]), 0);
  extend(linger, desire([]), 100);
  equal(extend(linger, desire(["0.0.0.0:80"]), 900), [[80], null]);
  equal(extend(linger, desire([]), 1000), [[80], 2000]);
});

Deno.test("Linger keeps nothing that is rejected now, or leads to an address that is not the guest's any more", () => {
  const linger = new Linger(1000);
  extend(linger, desire(["0.0.0.0:80", "0.0.0.0:81"]), 0);
  equal(extend(linger, desire(["0.0.0.0:80"], "80"), 10), [[81], 1010]);
  equal(extend(linger, desire([], "", "10.9.9.9"), 20, "10.9.9.9"), [[], null]);
});

Deno.test("Linger of 0 keeps nothing", () => {
  const linger = new Linger(0);
  extend(linger, desire(["0.0.0.0:80"]), 0);
  equal(extend(linger, desire([]), 0), [[], null]);
});
