import { deepStrictEqual as equal, throws } from "node:assert/strict";
import { askEngine, parseContainers } from "../../../../src/linux/services/container_engine.ts";
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

/** An engine that answers each question with the same, at a socket with a mode. */
async function withEngine(answer: string, mode: number, run: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir(), path = `${folder}/engine.sock`;
  const listener = Deno.listen({ transport: "unix", path });
  await Deno.chmod(path, mode);
  const serving = (async () => {
    for await (const connection of listener) {
      await connection.read(new Uint8Array(4096));
      await connection.write(new TextEncoder().encode(answer));
      connection.close();
    }
  })();
  try {
    await run(path);
  } finally {
    listener.close();
    await serving;
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test({
  name: "askEngine asks at a socket of root's that not everybody may write, and no other",
  ignore: Deno.uid() !== 0, // The socket has to belong to root.
  async fn() {
    const whole = `HTTP/1.0 200 OK\r\n\r\n${ANSWER}`;
    const rows: readonly (readonly [string, number, number])[] = [
      [whole, 0o660, 2],
      [whole, 0o666, 0],
      [`HTTP/1.0 500 Internal Server Error\r\n\r\n${ANSWER}`, 0o660, 0],
      ["HTTP/1.0 200 OK\r\n\r\n{", 0o660, 0],
      ["", 0o660, 0],
    ];
    for (const [answer, mode, count] of rows) {
      await withEngine(
        answer,
        mode,
        async (path) => equal((await askEngine(undefined, [path])).length, count),
      );
    }
    equal(await askEngine(undefined, ["/nonexistent"]), []);
  },
});
