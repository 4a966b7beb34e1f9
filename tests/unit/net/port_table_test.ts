import { deepStrictEqual as equal } from "node:assert/strict";
import type { Protocol } from "../../../src/net/endpoint.ts";
import { PortTable } from "../../../src/net/port_table.ts";
import { forAll } from "../random.ts";

const PORTS = [1, 2, 255, 256, 257, 3000, 65_535], PROTOCOLS: readonly Protocol[] = ["tcp", "udp"];

Deno.test("PortTable holds what a map would, and a copy sees nothing of what becomes of the other", () => {
  forAll(300, (random) => {
    const tables = [{ table: new PortTable<number>(), map: new Map<string, number>() }];
    for (let i = 0; i < 60; i++) {
      const { table, map } = random.pick(tables);
      const at = { protocol: random.pick(PROTOCOLS), port: random.pick(PORTS) };
      const key = `${at.protocol} ${at.port}`;
      switch (random.pick(["set", "set", "delete", "copy"])) {
        case "set":
          table.set(at, i);
          map.set(key, i);
          break;
        case "delete":
          table.delete(at);
          map.delete(key);
          break;
        case "copy":
          tables.push({ table: table.copy(), map: new Map(map) });
      }
    }
    for (const { table, map } of tables) {
      equal(table.size, map.size);
      const places = PROTOCOLS.flatMap((protocol) => PORTS.map((port) => ({ protocol, port })));
      for (const at of places) equal(table.get(at), map.get(`${at.protocol} ${at.port}`));
      const inOrder = places.map((at) => map.get(`${at.protocol} ${at.port}`)).filter((each) =>
        each !== undefined
      );
      equal([...table], inOrder);
    }
  });
});
