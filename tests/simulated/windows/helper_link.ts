/** What the helper asks of this Windows in place of its registry, its firewall's COM objects and its tables: a line for each. */
import { pause } from "../clock.ts";
import type { FirewallRule, Profile } from "./model.ts";
import { keyOf } from "./portproxy.ts";
import { formatRule } from "./registry.ts";
import type { SimulatedWindows } from "./windows.ts";

/** The profiles as COM counts them. */
const PROFILES: readonly (readonly [bit: number, profile: Profile])[] = [
  [1, "domain"],
  [2, "private"],
  [4, "public"],
];

/** Answers helpers as long as this Windows lives. */
export class HelperLink {
  readonly #machine: SimulatedWindows;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });

  /** Listens at once. */
  constructor(machine: SimulatedWindows) {
    this.#machine = machine;
    this.#serve();
  }

  /** Where it listens; what helpers are told by SIMULATED_WINDOWS. */
  get port(): number {
    return (this.#listener.addr as Deno.NetAddr).port;
  }

  async #serve(): Promise<void> {
    for await (const connection of this.#listener) this.#answer(connection).catch(() => {});
  }

  async #answer(connection: Deno.Conn): Promise<void> {
    using held = connection;
    const line = await readLine(held);
    if (line === "") return; // A helper that was killed before it asked.
    const words = line.split("\t");
    let text = "failed\n";
    try {
      const rows = await this.#run(words[0]!, words.slice(1));
      text = ["ok", ...rows].map((row) => `${row}\n`).join("");
    } catch (error) {
      this.#machine.refuse(`helper ${words.join(" ")}: ${error}`);
    }
    await held.write(new TextEncoder().encode(text));
  }

  async #run(verb: string, words: readonly string[]): Promise<readonly string[]> {
    const machine = this.#machine;
    switch (verb) {
      case "entries":
        return machine.entries.filter((entry) => keyOf(entry).startsWith("v4tov4 ")).map((entry) =>
          `${entry.listenAddress}/${entry.listenPort}\t${entry.connectAddress}/${entry.connectPort}`
        );
      case "rules":
        return machine.rules.map((rule) => formatRule(rule, machine.switches.shufflesRegistry))
          .filter((text) => text.includes(words[0]!));
      case "forwarder":
        return [machine.switches.ipHelper === "running" ? `${machine.portproxy.pid}` : "0"];
      case "listeners":
        return machine.listening.filter(({ address }) => !address.includes(":"))
          .map(({ address, port, pid }) => `${address} ${port} ${pid}`);
      case "wait":
        await machine.whenChanged(() => this.#digest(words[0]!));
        return [];
    }
    // Calls of the firewall and of IP Helper take a while; writing to the registry does not. A fault of the helper hangs either.
    if (verb !== "put") {
      await pause(machine.switches.latencyMs["helper"] ?? machine.switches.latencyMs.default ?? 0);
    }
    if (machine.switches.helperHangs === verb) {
      machine.noteHang();
      await new Promise(() => {});
    }
    switch (verb) {
      case "put": {
        const [listen, connect] = words.map((word) => word.split("/"));
        const [listenAddress, listenPort] = listen!, [connectAddress, connectPort] = connect!;
        machine.portproxy.write({
          listenAddress: listenAddress!,
          listenPort: listenPort!,
          connectAddress: connectAddress!,
          connectPort: connectPort!,
        });
        machine.changed();
        return [];
      }
      case "reread":
        if (machine.switches.ipHelper !== "running") throw new Error("1062");
        await machine.portproxy.readAgain();
        return [];
      case "addrule":
        machine.addRule(readRule(words));
        return [];
      case "delrule":
        machine.deleteRules(machine.rulesNamed(words[0]!).slice(0, 1));
        return [];
    }
    throw new Error("unknown");
  }

  #digest(subject: string): string {
    const { entries, rules, listening, switches } = this.#machine;
    switch (subject) {
      case "entries":
        return JSON.stringify(entries);
      case "rules":
        return JSON.stringify(rules);
      case "listeners":
        return JSON.stringify(listening);
      case "networks":
        return JSON.stringify([switches.networkProfile, switches.otherProfile]);
    }
    return "";
  }
}

function readRule([name, protocol, port, profiles, peers, description]: readonly string[]): FirewallRule {
  const range = { first: Number(port), last: Number(port) };
  const remoteIps = peers!.toLowerCase().split(",").map((peer) => peer === "*" ? "any" : peer);
  return {
    name: name!,
    direction: "in",
    action: "allow",
    protocol: protocol === "17" ? "udp" : "tcp",
    localPorts: [range],
    profiles: PROFILES.filter(([bit]) => (Number(profiles) & bit) !== 0).map(([, profile]) => profile),
    remoteIps,
    description: description!,
    isEnabled: true,
  };
}

async function readLine(connection: Deno.Conn): Promise<string> {
  const chunk = new Uint8Array(4096);
  let text = "";
  while (!text.includes("\n")) {
    const count = await connection.read(chunk);
    if (count === null) break;
    text += new TextDecoder().decode(chunk.subarray(0, count));
  }
  return text.slice(0, text.indexOf("\n"));
}
