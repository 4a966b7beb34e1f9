import { equal } from "node:assert/strict";
import { addressTowards } from "../../../src/diagnose/trial/address_towards.ts";
import { parseRoutes } from "../../../src/windows/network/routes.ts";

const ROUTES = parseRoutes(`
      0.0.0.0          0.0.0.0     192.168.50.254     192.168.50.1     35
      0.0.0.0          0.0.0.0         On-link          10.66.66.2      5
     10.0.0.0        255.0.0.0         On-link          10.66.66.2    261
   10.1.2.128  255.255.255.128  Auf Verbindung         10.1.2.130    281
 192.168.50.0    255.255.255.0         On-link       192.168.50.1    291
 192.168.50.0    255.255.255.0         On-link       192.168.50.2    281
192.168.50.77  255.255.255.255         On-link       192.168.50.9     10
    224.0.0.0        240.0.0.0         On-link       192.168.50.1    291
`);

Deno.test("addressTowards gives Windows' address in the device's own network, the smallest of several", () => {
  equal(addressTowards(ROUTES, "192.168.50.77"), "192.168.50.2");
  equal(addressTowards(ROUTES, "10.1.2.200"), "10.1.2.130");
  equal(addressTowards(ROUTES, "10.1.2.3"), "10.66.66.2");
});

Deno.test("addressTowards gives none for a device behind a router", () => {
  equal(addressTowards(ROUTES, "192.168.51.1"), null);
  equal(addressTowards(ROUTES, "8.8.8.8"), null);
});
