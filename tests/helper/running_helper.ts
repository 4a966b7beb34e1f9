import { startProcess } from "../../src/process/start_process.ts";
import { Conversation } from "../../src/windows/helper/conversation.ts";
import { lacks } from "../contract/needs.ts";
import { compileHelper } from "./compile_helper.ts";
import { Network } from "./network.ts";

/** A helper that runs in a network of its own, and the product's own way to talk to it. */
export interface RunningHelper {
  /** Where it runs. */
  readonly network: Network;
  /** Talks to it. */
  readonly talk: Conversation;
  /** The events so far. */
  readonly events: readonly string[];
  /** Its process id. */
  readonly pid: number;
}

/** Defines a test with a helper that was started for it. Skipped where it cannot run. */
export function helperTest(name: string, run: (helper: RunningHelper) => Promise<void>): void {
  Deno.test(name, { ignore: lacks("root", "mono") }, async () => {
    const path = await compileHelper();
    await using network = await Network.open();
    const events: string[] = [];
    const [nsenter, ...args] = network.enterArgv("/usr/bin/mono", path);
    const talk = new Conversation(
      (onLines) => startProcess(nsenter, args, { hasInput: true, onLines }),
      (words) => events.push(words.join(" ")),
    );
    try {
      await run({ network, talk, events, pid: await talk.hello() });
    } finally {
      await talk.close();
    }
  });
}
