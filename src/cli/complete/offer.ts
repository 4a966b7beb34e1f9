import { ExitCode } from "../../daemon/exit_code.ts";
import { openListenerSource } from "../../linux/proc/proc_net.ts";
import { ProcPrograms } from "../../linux/proc/programs.ts";
import type { Offer } from "../args/parse_command_line.ts";
import type { Output } from "../screen/output.ts";

/**
 * Names that a shell is offered: it might run what else is in one, since completion scripts put them into its words. A program
 * called `$(reboot)` is not worth the risk.
 */
const PLAIN_NAME = /^[A-Za-z0-9_.+-]{1,64}$/;

/** Prints what listens: ports with their programs, lowest first, or the programs' names with their ports. */
export async function printOffer(what: Offer, stdout: Output): Promise<number> {
  const source = openListenerSource(), programs = new ProcPrograms();
  try {
    const listeners = source.snapshot();
    await programs.resolve(listeners);
    const pairs = listeners.map(({ port, inode }) => {
      const name = programs.programOf(inode)?.name ?? "";
      return { port: String(port), name: PLAIN_NAME.test(name) ? name : "" };
    });
    const words = new Map<string, Set<string>>();
    for (const { port, name } of pairs) {
      const [word, text] = what === "port" ? [port, name] : [name, port];
      if (word === "") continue;
      words.set(word, (words.get(word) ?? new Set()).add(text));
    }
    for (const [word, texts] of words) {
      const text = [...texts].filter((one) => one !== "").slice(0, 5).join(" ");
      stdout.write(`${word}\t${text}\n`);
    }
    return ExitCode.OK;
  } finally {
    source.close();
    programs.close();
  }
}
