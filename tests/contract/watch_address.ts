import { AddressWake } from "../../src/linux/netlink/address_wake.ts";
import { RouteAddress } from "../../src/linux/netlink/guest_address.ts";

// Runs each argument as an `ip` command, waits for the wake that follows, and prints the address after each:
// ["172.23.21.232", null, …]. Ends with an error where a change wakes nobody.
const source = new RouteAddress();
const wake = new AddressWake();
let onWake = () => {};
await wake.start(() => onWake(), (error) => {
  throw error;
});
const seen: (string | null)[] = [];
for (const words of Deno.args) {
  const woken = Promise.withResolvers<void>();
  onWake = woken.resolve;
  const timer = setTimeout(() => woken.reject(new Error(`Nobody woke after: ip ${words}`)), 5000);
  const { success } = await new Deno.Command("ip", { args: words.split(" ") }).output();
  if (!success) throw new Error(`Failed: ip ${words}`);
  await woken.promise;
  clearTimeout(timer);
  seen.push(await source.current().then(({ address }) => address, () => null));
}
await wake.stop();
await wake.stop();
await Deno.stdout.write(new TextEncoder().encode(JSON.stringify(seen)));
