import { equal } from "node:assert/strict";
import { describeReason } from "../../../src/cli/screen/describe.ts";

/** What is said of a port that a program of Windows has. */
function describeTaken(detail: string): string {
  return describeReason({
    protocol: "tcp",
    reason: "taken-on-windows",
    detail,
    program: null,
    listener: { port: 8080 },
  });
}

// Case 21: what Docker Desktop publishes can be reached; to stop it would be the wrong advice.
Deno.test("describeReason tells where Docker Desktop's port is reached, and not to stop it", () => {
  equal(
    describeTaken("com.docker.backend.exe, pid 4820"),
    "Docker Desktop publishes it on Windows already: others reach it there, port 8080",
  );
  equal(
    describeTaken("dockerless.exe\x1b, pid 4820").includes("\x1b"),
    false,
    "hostile text",
  );
  equal(
    describeTaken("postgres.exe, pid 9"),
    "a program on Windows has this port; stop it, or use --map (postgres.exe, pid 9)",
  );
});
