import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { type RunningProcess, startProcess } from "../../src/process/start_process.ts";
import type { Conversation } from "../../src/windows/helper/conversation.ts";
import { GUEST, type Network, WINDOWS } from "./network.ts";
import { helperTest } from "./running_helper.ts";

const LOAD = new URL("udp_load.pl", import.meta.url).pathname;

/** Starts a service that answers every datagram; resolves once it is bound. */
async function startEcho(network: Network, port: number): Promise<RunningProcess> {
  const ready = Promise.withResolvers<void>();
  const [path, ...args] = network.enterArgv("/usr/bin/perl", LOAD, "echo", GUEST, `${port}`);
  const service = startProcess(path, args, { hasInput: true, onLines: () => ready.resolve() });
  await Promise.race([ready.promise, service.ended.then(({ stderr }) => Promise.reject(new Error(stderr)))]);
  return service;
}

async function load<T>(network: Network, ...words: (string | number)[]): Promise<T> {
  return JSON.parse(await network.run("/usr/bin/perl", LOAD, ...words.map(String)));
}

async function put(talk: Conversation, port: number): Promise<void> {
  equal((await talk.request("udp", "put", WINDOWS, `${port}`, GUEST, `${port}`)).refusal, null);
}

/** Sessions, and datagrams in, out and dropped, of the only port. */
async function count(talk: Conversation): Promise<number[]> {
  const { rows } = await talk.request("udp", "list");
  return rows[0]!.slice(4).map(Number);
}

helperTest("the relay answers 1,000 clients, none with another's answer", async ({ network, talk }) => {
  const service = await startEcho(network, 5000);
  await put(talk, 5000);
  equal(await load(network, "sessions", WINDOWS, 5000, 1000, 20), { answered: 20_000, wrong: 0 });
  equal(await count(talk), [1000, 20_000, 20_000, 0]);
  await service.stop();
});

helperTest(
  "the relay has room for 1,024 clients, and none for those that come while all are active",
  async ({ network, talk }) => {
    const service = await startEcho(network, 5000);
    await put(talk, 5000);
    // Each of the first 1,024 is answered; the others are new to a full house.
    const { answered, wrong } = await load<{ answered: number; wrong: number }>(
      network,
      "sessions",
      WINDOWS,
      5000,
      1100,
      1,
    );
    equal(wrong, 0);
    equal(answered, 1024);
    equal(await count(talk), [1024, 1024, 1024, 76]);
    await service.stop();
  },
);

helperTest("the relay survives a restart of its service, for the same client", async ({ network, talk }) => {
  await put(talk, 5000);
  const [path, ...args] = network.enterArgv(
    "/usr/bin/perl",
    LOAD,
    "ping",
    WINDOWS,
    "5000",
    "64",
    "40",
    "5000",
  );
  const first = await startEcho(network, 5000);
  const said: string[] = [];
  const client = startProcess(path, args, {
    onLines: (lines) => said.push(...lines.map((line) => new TextDecoder().decode(line!))),
  });
  while ((await count(talk))[2]! < 5) { /* the client is at it */ }
  await first.stop();
  // What comes now has nobody to answer it: the guest says so, and the relay hears it.
  while ((await count(talk))[1]! < 7) { /* the client still is */ }
  const second = await startEcho(network, 5000);
  await client.ended;
  const { answered } = JSON.parse(said.at(-1)!);
  ok(answered >= 30 && answered < 40, `${answered} of 40`);
  equal((await count(talk))[0], 1, "one session throughout");
  await second.stop();
});

helperTest(
  "the relay passes large datagrams on, but for the first large answer",
  async ({ network, talk }) => {
    const service = await startEcho(network, 5000);
    await put(talk, 5000);
    equal(await load(network, "sizes", WINDOWS, 5000, 4, 1472, 4000), [4, 1472, 4000]);
    equal(await load(network, "sizes", WINDOWS, 5000, 9000), [], "cut, and counted");
    equal((await count(talk))[3], 1);
    equal(await load(network, "sizes", WINDOWS, 5000, 9000, 60_000), [9000, 60_000]);
    await service.stop();
  },
);

helperTest("a port that moves serves its clients from the other place", async ({ network, talk }) => {
  const first = await startEcho(network, 5000), second = await startEcho(network, 6000);
  await put(talk, 5000);
  equal(await load(network, "sizes", WINDOWS, 5000, 10), [10]);
  equal((await talk.request("udp", "put", WINDOWS, "5000", GUEST, "6000")).refusal, null);
  await first.stop();
  equal(await load(network, "sizes", WINDOWS, 5000, 11), [11]);
  equal((await count(talk))[0], 1, "the old session is gone");
  await second.stop();
});

helperTest(
  "the relay opens and closes ports under fire without a session that stays",
  async ({ network, talk }) => {
    const service = await startEcho(network, 5000);
    const [path, ...args] = network.enterArgv(
      ...["/usr/bin/perl", LOAD, "flood", WINDOWS, "5000", "64", "20000", "2"] as const,
    );
    const client = startProcess(path, args, { onLines: () => {} });
    let isOver = false;
    client.ended.then(() => isOver = true);
    for (let rounds = 0; !isOver && rounds < 2000; rounds++) {
      await put(talk, 5000);
      equal((await talk.request("udp", "del", WINDOWS, "5000")).refusal, null);
    }
    await client.ended;
    const { rows } = await talk.request("stat");
    equal(rows[0]!.slice(0, 3), ["ports=0", "sessions=0", "faults=0"]);
    await service.stop();
  },
);
