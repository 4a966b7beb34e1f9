import { lacks } from "../../contract/needs.ts";
import type { Lab } from "../../simulated/lab.ts";
import type { Switches } from "../../simulated/windows/model.ts";
import { playScenario } from "../scenario.ts";

/** As `scenario`, for what needs the helper: Mono, and nft for the firewall. */
export function udpScenario(
  name: string,
  run: (lab: Lab) => Promise<void>,
  switches: Partial<Switches> = {},
): void {
  Deno.test(name, { ignore: lacks("root", "mono", "nft") }, () => playScenario(run, switches));
}
