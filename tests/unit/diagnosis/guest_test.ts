import { equal, match } from "node:assert/strict";
import { attempt, valueOf } from "../../../src/diagnose/attempt.ts";
import { adviseBinding } from "../../../src/diagnose/why/bind_advice.ts";
import { failed, isWell, note, ok, unknown } from "../../../src/diagnose/finding.ts";
import { keepsOutByIptables, keepsOutByNftables } from "../../../src/diagnose/why/guest_firewall.ts";

Deno.test("keepsOutByNftables sees what a chain on the way in drops or rejects", () => {
  const chain = (body: string) => `table inet filter {\n\tchain c {\n\t\t${body}\n\t}\n}\n`;
  equal(keepsOutByNftables(chain("type filter hook input priority filter; policy drop;")), true);
  equal(
    keepsOutByNftables(chain("type filter hook input priority filter; policy accept;\n\t\treject")),
    true,
  );
  equal(keepsOutByNftables(chain("type filter hook input priority filter; policy accept;")), false);
  equal(keepsOutByNftables(chain("type filter hook forward priority filter; policy drop;")), false);
  equal(keepsOutByNftables(""), false);
});

Deno.test("keepsOutByIptables sees a policy and rules that drop or reject", () => {
  equal(keepsOutByIptables("-P INPUT DROP\n-A INPUT -i lo -j ACCEPT\n"), true);
  equal(keepsOutByIptables("-P INPUT ACCEPT\n-A INPUT -p tcp -j REJECT --reject-with tcp-reset\n"), true);
  equal(keepsOutByIptables("-P INPUT ACCEPT\n-A INPUT -p tcp -j ACCEPT\n"), false);
});

Deno.test("adviseBinding knows how some programs are told, by their name or that of what they run", () => {
  equal(adviseBinding({ pid: 1, name: "node", aliases: ["vite"] }, 5173), "vite --host 0.0.0.0");
  equal(adviseBinding({ pid: 1, name: "php", aliases: [] }, 8000), "php -S 0.0.0.0:8000");
  match(adviseBinding(null, 80), /0\.0\.0\.0/);
});

Deno.test("attempt gives the value, the reason why there is none, or up", async () => {
  equal(valueOf(await attempt(() => Promise.resolve(7), 1000)), 7);
  const thrown = await attempt(() => {
    throw new Error("no");
  }, 1000);
  equal("error" in thrown && thrown.error, "no");
  const late = await attempt(() => new Promise<number>(() => {}), 1);
  match("error" in late ? late.error : "", /^no answer within 0\.001 s$/);
});

Deno.test("isWell holds where nothing failed: a check that could not be made is no failure", () => {
  equal(isWell([ok("a", ""), note("b", "", "c")]), true);
  equal(isWell([ok("a", ""), failed("b", "", "c")]), false);
  equal(isWell([ok("a", ""), unknown("b", "")]), true);
});
