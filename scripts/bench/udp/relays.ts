import { type RunningProcess, startProcess } from "../../../src/process/start_process.ts";
import { Conversation } from "../../../src/windows/helper/conversation.ts";
import { compileHelper } from "../../../tests/helper/compile_helper.ts";
import { GUEST, type Network, WINDOWS } from "../../../tests/helper/network.ts";

/** Where each relay listens, and the service behind it. */
export const PORT = 5000;

/** A relay that runs. */
export interface Relay {
  /** Its process id. */
  readonly pid: number;
  /** Ends it. */
  stop(): Promise<void>;
}

/** What is compared. */
export interface RelayKind {
  /** In the table. */
  readonly title: string;
  /** Starts it on the first processor of a network; null where it is not installed. */
  readonly start: (network: Network) => Promise<Relay | null>;
}

/** All of them; the first is no relay. */
export const RELAYS: readonly RelayKind[] = [
  { title: "none (straight to the service)", start: () => Promise.resolve({ pid: 0, stop: async () => {} }) },
  { title: "wslfwd's helper, Mono", start: startHelper },
  { title: "socat", start: startSocat },
  { title: "Deno, one socket for each client", start: startDeno },
];

const PINNED = ["/usr/bin/taskset", "-c", "0"] as const;

async function startHelper(network: Network): Promise<Relay> {
  const [path, ...args] = network.enterArgv(...PINNED, "/usr/bin/mono", await compileHelper());
  const talk = new Conversation((onLines) => startProcess(path, args, { hasInput: true, onLines }), () => {});
  const pid = await talk.hello();
  const { refusal } = await talk.request("udp", "put", WINDOWS, `${PORT}`, GUEST, `${PORT}`);
  if (refusal !== null) throw new Error(`The helper refuses: ${refusal}`);
  return { pid, stop: () => talk.close() };
}

async function startSocat(network: Network): Promise<Relay | null> {
  if (await Deno.stat("/usr/bin/socat").then(() => false, () => true)) return null;
  const listen = `UDP4-LISTEN:${PORT},bind=${WINDOWS},fork,reuseaddr,rcvbuf=4194304`;
  const [path, ...args] = network.enterArgv(...PINNED, "/usr/bin/socat", listen, `UDP4:${GUEST}:${PORT}`);
  const process = startProcess(path, args, { onLines: () => {} });
  // It says nothing when it is there; the socket does.
  while (!(await network.run("/usr/bin/cat", "/proc/net/udp")).includes(":1388 00000000:0000 07 ")) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return process;
}

async function startDeno(network: Network): Promise<Relay> {
  const script = new URL("deno_relay.ts", import.meta.url).pathname;
  const words = [WINDOWS, `${PORT}`, GUEST, `${PORT}`];
  const [path, ...args] = network.enterArgv(...PINNED, Deno.execPath(), "run", "-A", script, ...words);
  const ready = Promise.withResolvers<void>();
  const process: RunningProcess = startProcess(path, args, { onLines: () => ready.resolve() });
  await ready.promise;
  return process;
}
