/** What happens around the lock, each in a network namespace of its own: run by instance_lock_test.ts. */
import { deepStrictEqual as equal, rejects } from "node:assert/strict";
import {
  askInstance,
  CLEANING,
  ForeignHolder,
  type InstanceAnswer,
  InstanceLock,
} from "../../../src/daemon/instance/instance_lock.ts";
import { ExitCode } from "../../../src/daemon/exit_code.ts";
import { Refusal } from "../../../src/daemon/refusal.ts";

const PATH = "\0wslfwd";
const answerOf = (task: string, more: Record<string, unknown> = {}) => (): InstanceAnswer => ({
  app: "wslfwd",
  pid: Deno.pid,
  task,
  ...more,
});
const isTaken = (error: unknown) => error instanceof Refusal && error.exitCode === ExitCode.ALREADY_RUNNING;

/** Holds the lock's name and treats whoever connects as it is told. */
function squat(treat: (connection: Deno.UnixConn) => Promise<void>): AsyncDisposable {
  const listener = Deno.listen({ transport: "unix", path: PATH });
  const connections: Deno.UnixConn[] = [];
  const serving = (async () => {
    for await (const connection of listener) {
      connections.push(connection);
      treat(connection).catch(() => {});
    }
  })();
  serving.catch(() => {});
  return {
    async [Symbol.asyncDispose]() {
      listener.close();
      await serving.catch(() => {});
      for (const connection of connections) {
        try {
          connection.close();
        } catch {
          // Closed by then.
        }
      }
    },
  };
}

const say = (text: string) => async (connection: Deno.UnixConn) => {
  await connection.write(new TextEncoder().encode(text));
  connection.close();
};

const scenarios: Readonly<Record<string, () => Promise<void>>> = {
  async "is free where nobody runs"() {
    equal(await askInstance(), null);
    using _lock = await InstanceLock.take(answerOf("auto"));
  },

  async "is refused to a second instance, which is told who holds it"() {
    using _lock = await InstanceLock.take(answerOf("auto"));
    await rejects(
      InstanceLock.take(answerOf("auto")),
      (error) => isTaken(error) && String(error).includes(`pid ${Deno.pid}`),
    );
  },

  async "is free again once it was given back"() {
    for (let i = 0; i < 3; i++) {
      using _lock = await InstanceLock.take(answerOf("auto"));
    }
    equal(await askInstance(), null);
  },

  async "answers whoever asks, also many at once"() {
    let asked = 0;
    using _lock = await InstanceLock.take(() => ({ ...answerOf("auto")(), asked: ++asked }));
    const answers = await Promise.all(Array.from({ length: 50 }, () => askInstance()));
    equal(new Set(answers.map((answer) => answer?.asked)).size, 50);
    equal(answers.every((answer) => answer?.pid === Deno.pid), true);
  },

  async "gives a long answer whole"() {
    const forwarded = Array.from({ length: 5000 }, (_, i) => `0.0.0.0:${i} -> 172.23.21.232:${i} \u001b"`);
    using _lock = await InstanceLock.take(answerOf("auto", { forwarded }));
    equal((await askInstance())?.forwarded, forwarded);
  },

  async "keeps answering though somebody asks and reads nothing, and keeps few of those"() {
    const filler = "x".repeat(900_000);
    using _lock = await InstanceLock.take(answerOf("auto", { filler }));
    const idle: Deno.UnixConn[] = [];
    const ask = async () => void idle.push(await Deno.connect({ transport: "unix", path: PATH }));
    for (let i = 0; i < 60; i++) await ask();
    equal((await askInstance())?.pid, Deno.pid);
    const before = [...Deno.readDirSync("/proc/self/fd")].length;
    for (let i = 0; i < 200; i++) await ask();
    const byUs = [...Deno.readDirSync("/proc/self/fd")].length - before - 200;
    equal(byUs < 70, true, `${byUs} descriptors`);
    for (const connection of idle.splice(0)) connection.close();
    for (let i = 0; (await askInstance().catch(() => null)) === null; i++) equal(i < 100, true);
  },

  async "keeps answering though an answer cannot be made"() {
    let isBroken = true;
    using _lock = await InstanceLock.take(() => {
      if (isBroken) throw new Error("not now");
      return answerOf("auto")();
    });
    await rejects(askInstance(), ForeignHolder);
    isBroken = false;
    equal((await askInstance())?.task, "auto");
  },

  async "waits for an instance that only cleans up"() {
    const cleaning = await InstanceLock.take(answerOf(CLEANING));
    const taking = InstanceLock.take(answerOf("auto"));
    await askInstance();
    cleaning[Symbol.dispose]();
    using _lock = await taking;
    equal((await askInstance())?.task, "auto");
  },

  async "tells its holder when another wants it, and not when somebody just asks"() {
    const cleaning = await InstanceLock.take(answerOf(CLEANING));
    let isWanted = false;
    cleaning.wanted.then(() => isWanted = true);
    for (let i = 0; i < 3; i++) await askInstance();
    equal(isWanted, false);
    const taking = InstanceLock.take(answerOf("auto"));
    await cleaning.wanted;
    cleaning[Symbol.dispose]();
    using lock = await taking;
    equal((await askInstance())?.task, "auto");
    await rejects(InstanceLock.take(answerOf("auto")), isTaken);
    await lock.wanted;
  },

  async "tells a holder that is no wslfwd from one that is"() {
    const strange = [
      "\n",
      "{}",
      "[]",
      "null",
      "220 smtp ready\r\n",
      '{"app":"wslfwd"}',
      '{"app":"wslfwd","pid":"1","task":"x"}',
    ];
    for (
      const text of [...strange, '{"app":"other","pid":1,"task":"auto"}', "\xff\xfe", "{".repeat(10_000)]
    ) {
      await using _squatter = squat(say(text));
      await rejects(askInstance(), ForeignHolder, JSON.stringify(text));
      await rejects(InstanceLock.take(answerOf("auto")), isTaken);
    }
  },

  async "waits for a holder that hangs up without a word, as one does that is killed"() {
    {
      await using _squatter = squat(say(""));
      await rejects(askInstance(), (error) => error instanceof ForeignHolder && error.isGone);
    }
    let asked = 0;
    const squatter = squat(async (connection) => {
      connection.close();
      if (++asked === 3) await squatter[Symbol.asyncDispose]();
    });
    using _lock = await InstanceLock.take(answerOf("auto"));
    equal(asked >= 3, true);
  },

  async "does not wait for ever for a holder that says nothing, or never ends"() {
    {
      await using _squatter = squat(() => Promise.resolve());
      await rejects(askInstance(), ForeignHolder);
    }
    await using _squatter = squat(async (connection) => {
      const chunk = new Uint8Array(1 << 16).fill(0x20);
      for (;;) await connection.write(chunk);
    });
    await rejects(askInstance(), ForeignHolder);
  },

  async "is gone with its process, however that ended"() {
    const holder = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", import.meta.filename!, "hold"],
      stdin: "null",
      stdout: "piped",
    }).spawn();
    const reader = holder.stdout.getReader();
    await reader.read();
    equal((await askInstance())?.pid, holder.pid);
    holder.kill("SIGKILL");
    await holder.status;
    await reader.cancel();
    using _lock = await InstanceLock.take(answerOf("auto"));
  },
};

/** Their names. */
export const SCENARIOS: readonly string[] = Object.keys(scenarios);

if (import.meta.main) {
  const [name] = Deno.args;
  if (name === "hold") {
    using _lock = await InstanceLock.take(answerOf("auto"));
    await Deno.stdout.write(new TextEncoder().encode("held\n"));
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  } else await scenarios[name!]!();
}
