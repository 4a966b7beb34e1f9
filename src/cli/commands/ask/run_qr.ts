import { askInstance } from "../../../daemon/instance/instance_lock.ts";
import { ExitCode } from "../../../daemon/exit_code.ts";
import { Refusal } from "../../../daemon/refusal.ts";
import { drawQr } from "../../../qr/draw_qr.ts";
import { encodeQr } from "../../../qr/encode_qr.ts";
import type { Output } from "../../screen/output.ts";
import { chooseOutput, terminalSize } from "../../screen/terminal/terminal.ts";
import { findUrls } from "./run_address.ts";
import { readStatusAnswer } from "./status_answer.ts";

/** Rows that a code leaves free: for its URL by address and by name, and for the prompt after it. */
const OTHER_ROWS = 3;

/**
 * `qr [PORT]`: the URL of a port as a code for a phone, and below it as text; without a port, of the one that was opened
 * last. Drawn also where the port is not open, as `url` prints it. Throws Refusal where there is nothing to draw.
 */
export async function printQr(
  port: number | null,
  stdout: Output,
  fail: (message: string) => void,
): Promise<number> {
  const wanted = port ?? await findNewestPort();
  const { urls, nameUrl, isOpen } = await findUrls(wanted), url = urls[0]!;
  const isScreen = Deno.stdout.isTerminal();
  const color = chooseOutput(isScreen, (name) => Deno.env.get(name)) === "table";
  const { columns, rows } = isScreen ? terminalSize() : { columns: 80, rows: 24 };
  const lines = drawQr(await encodeQr(url), { color, columns, rows: rows - OTHER_ROWS });
  stdout.write(
    [...lines ?? [], url, ...nameUrl === null ? [] : [`or ${nameUrl}`]].map((line) => `${line}\n`).join(""),
  );
  if (lines === null) fail(`a code needs more room than ${columns} columns and ${rows} rows`);
  if (isOpen) return ExitCode.OK;
  fail(
    `port ${wanted} is not open now; to open it: wslfwd ${wanted}; to learn why it is not: wslfwd why ${wanted}`,
  );
  return ExitCode.NOT_OPEN;
}

/** The port on Windows that the running wslfwd opened last. */
async function findNewestPort(): Promise<number> {
  const instance = await askInstance();
  const forwarded = instance === null ? [] : readStatusAnswer(instance)?.forwarded ?? [];
  const [newest] = [...forwarded].sort((a, b) => (b.since ?? "").localeCompare(a.since ?? ""));
  if (newest !== undefined) return newest.listenPort;
  throw new Refusal(ExitCode.NOT_OPEN, "No port is open; to open one: wslfwd 3000");
}
