import { deepStrictEqual as equal } from "node:assert/strict";
import { desiredRules } from "../../../src/plan/desired/desired_rules.ts";
import { hostPortOf } from "../../../src/plan/desired/forward.ts";
import { extendForwards, type Kept } from "../../../src/reconcile/planning/linger.ts";
import { FREE_HOST, GUEST, listening, policyOf, ports } from "../plan/samples.ts";

const desire = (texts: readonly string[], denied = "", guest = GUEST) =>
  desiredRules(
    texts.map((text) => listening(text)),
    policyOf({ denyPorts: ports(denied) }),
    guest,
    FREE_HOST,
  );

/** Extends again and again. Returns the ports that are kept, and when the next of them runs out. */
function lingering(lingerMs: number) {
  let last: Kept = { wanted: [], gone: [] };
  return (desired: ReturnType<typeof desire>, nowMs: number, guest = GUEST) => {
    const { kept, forwards, endMs } = extendForwards(last, desired, guest, nowMs, lingerMs);
    last = kept;
    return [forwards.map((forward) => hostPortOf(forward).port), endMs];
  };
}

Deno.test("extendForwards keeps what is gone for its time", () => {
  const extend = lingering(1000);
  equal(extend(desire(["0.0.0.0:80", "0.0.0.0:81"]), 0), [[80, 81], Infinity]);
  equal(extend(desire(["0.0.0.0:81"]), 100), [[81, 80], 1100]);
  equal(extend(desire([]), 500), [[81, 80], 1100]);
  equal(extend(desire([]), 1100), [[81], 1500]);
  equal(extend(desire([]), 5000), [[], Infinity]);
});

Deno.test("extendForwards begins anew where what was gone came back", () => {
  const extend = lingering(1000);
  extend(desire(["0.0.0.0:80"]), 0);
  extend(desire([]), 100);
  equal(extend(desire(["0.0.0.0:80"]), 900), [[80], Infinity]);
  equal(extend(desire([]), 1000), [[80], 2000]);
});

Deno.test("extendForwards keeps nothing that is rejected now, or leads to an address that is not the guest's any more", () => {
  const extend = lingering(1000);
  extend(desire(["0.0.0.0:80", "0.0.0.0:81"]), 0);
  equal(extend(desire(["0.0.0.0:80"], "80"), 10), [[81], 1010]);
  equal(extend(desire([], "", "10.9.9.9"), 20, "10.9.9.9"), [[], Infinity]);
});

Deno.test("extendForwards with a linger of 0 keeps nothing", () => {
  const extend = lingering(0);
  extend(desire(["0.0.0.0:80"]), 0);
  equal(extend(desire([]), 0), [[], Infinity]);
});
