import { deepStrictEqual as equal, throws } from "node:assert/strict";
import { parseContainers } from "../../../../src/linux/services/container_engine.ts";
import { findContainer } from "../../../../src/linux/services/container_names.ts";

/** As Docker's API answers `GET /containers/json` (assumed from its documentation). */
const ANSWER = JSON.stringify([
  {
    Id: "8dfafdbc3a40",
    Names: ["/web\u001b[2J", "/alias/web"],
    Ports: [
      { IP: "0.0.0.0", PrivatePort: 80, PublicPort: 8080, Type: "tcp" },
      { PrivatePort: 443, Type: "tcp" },
      { IP: "::", PrivatePort: 53, PublicPort: 5353, Type: "udp" },
    ],
  },
  { Names: [], Ports: [{ PublicPort: 1, Type: "tcp" }] },
  { Names: ["/odd"], Ports: [{ PublicPort: "80", Type: "tcp" }, { PublicPort: 81, Type: "sctp" }, null] },
  null,
  7,
]);

Deno.test("parseContainers reads names and published ports, and passes over what is not as documented", () => {
  const containers = parseContainers(ANSWER);
  equal(containers.map(({ name }) => name), ["web\u001b[2J", "odd"], "hostile text, as it is");
  equal(findContainer(containers, "tcp", 8080)?.name, "web\u001b[2J");
  equal(findContainer(containers, "udp", 5353)?.name, "web\u001b[2J");
  equal(findContainer(containers, "tcp", 5353), null);
  equal(findContainer(containers, "tcp", 81), null);
  equal(parseContainers("{}"), []);
  throws(() => parseContainers("<html>"), SyntaxError);
});
