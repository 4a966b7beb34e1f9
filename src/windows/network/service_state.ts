import { splitLines } from "../run/output_text.ts";
import { OutputSyntaxError } from "../run/syntax_error.ts";

/** A Windows service as the service controller sees it. */
export interface ServiceState {
  /** Whether its state is 4, SERVICE_RUNNING. */
  readonly isRunning: boolean;
  /** Its Windows process id; 0 while it does not run. */
  readonly pid: number;
}

/**
 * Reads what `sc.exe queryex NAME` prints, in any language: a line that names the service, then `label : value` lines in
 * a fixed order (SERVICE_STATUS_PROCESS: type, state, two exit codes, check point, wait hint, process id, flags). The
 * line below the state, which lists the accepted controls, has no label. Lines before the type are passed over. Throws
 * OutputSyntaxError for anything else.
 */
export function parseServiceState(output: string): ServiceState {
  const values = splitLines(output).flatMap((line) => /^\s+\S[^:]*:\s*(.*)$/.exec(line)?.[1] ?? []);
  const type = values.findIndex((value, i) =>
    /^[\da-f]{1,4}\b/i.test(value) && /^\d+ /.test(values[i + 1] ?? "")
  );
  const state = /^([1-7])\b/.exec(values[type + 1] ?? ""), pid = /^(\d+)\s*$/.exec(values[type + 6] ?? "");
  if (type < 0 || state === null || pid === null) {
    throw new OutputSyntaxError("sc queryex", 0, "state and process id");
  }
  return { isRunning: state[1] === "4", pid: Number(pid[1]) };
}
