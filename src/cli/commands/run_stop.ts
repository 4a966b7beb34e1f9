import { endHolder } from "../../daemon/instance/end_holder.ts";
import { askInstance } from "../../daemon/instance/instance_lock.ts";
import { ExitCode } from "../../daemon/exit_code.ts";
import { countOf } from "../screen/describe.ts";
import type { Output } from "../screen/output.ts";
import { readStatusAnswer } from "./ask/status_answer.ts";

/** How many ports are named before they are only counted. */
const MAX_NAMED = 12;

/** `stop`: ends the running wslfwd as Ctrl-C would, and says what that closed. Throws Refusal. */
export async function stopInstance(stdout: Output): Promise<number> {
  const instance = await askInstance();
  if (instance === null) {
    stdout.write("wslfwd is not running\n");
    return ExitCode.NOT_RUNNING;
  }
  await endHolder(instance.pid);
  const answer = readStatusAnswer(instance);
  // A port may be open by IPv4 and by IPv6.
  const ports = [...new Set((answer?.forwarded ?? []).map(({ listenPort }) => listenPort))];
  const named = ports.length === 0 || ports.length > MAX_NAMED ? "" : `: ${ports.join(", ")}`;
  const what = answer === null
    ? ""
    : answer.keepsRules
    ? `; ${countOf(ports.length, "port stays", "ports stay")} open${named}; to close: wslfwd --clean-rules`
    : `; closed ${countOf(ports.length, "port")}${named}`;
  stdout.write(`wslfwd (pid ${instance.pid}) has ended${what}\n`);
  return ExitCode.OK;
}
