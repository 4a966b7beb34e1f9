import { askInstance } from "../../../daemon/instance/instance_lock.ts";
import { readStatus } from "../../../daemon/instance/read_status.ts";
import { findPrograms } from "../../../daemon/open/open_windows.ts";
import { readLanAddress } from "../../../daemon/open/read_lan_address.ts";
import { ExitCode } from "../../../daemon/exit_code.ts";
import { Refusal } from "../../../daemon/refusal.ts";
import { parseIpv4 } from "../../../net/address.ts";
import { messageOf } from "../../../process/command.ts";
import { formatUrl } from "../../../view/url.ts";
import { pickFields } from "../../json/json_check.ts";
import { REPORT_FIELDS } from "../../json/report_fields.ts";
import { renderJsonObject } from "../../json/render_json.ts";
import type { Output } from "../../screen/output.ts";
import { readStatusAnswer } from "./status_answer.ts";

/** `address`: the address of Windows that others in its network type, and nothing else. Throws Refusal where there is none. */
export async function printAddress(stdout: Output): Promise<number> {
  stdout.write(`${await readAddress()}\n`);
  return ExitCode.OK;
}

/**
 * `url PORT`: what others type to reach a port of this guest, and nothing else; under its number on Windows, where that is
 * another one. Printed also where the port is not open, since it may be soon: then the exit code says so, and a line on stderr.
 */
export async function printUrl(
  port: number,
  isJson: boolean,
  stdout: Output,
  fail: (message: string) => void,
): Promise<number> {
  const found = await findUrl(port), { url, isOpen } = found;
  const text = isJson
    ? renderJsonObject("url", Date.now(), pickFields({ ...found }, REPORT_FIELDS.url))
    : url;
  stdout.write(`${text}\n`);
  if (isOpen) return ExitCode.OK;
  fail(
    `port ${port} is not open now; to open it: wslfwd ${port}; to learn why it is not: wslfwd why ${port}`,
  );
  return ExitCode.NOT_OPEN;
}

/** The address and the name that the running wslfwd shows; null where it shows none yet. */
async function askPlace(): Promise<{ address: string | null; name: string | null }> {
  const instance = await askInstance().catch(() => null);
  const answer = instance === null ? null : readStatusAnswer(instance);
  return {
    address: parseIpv4(answer?.forwarded[0]?.lanAddress ?? ""),
    name: answer === null ? null : parseLanName(answer.lanName),
  };
}

/** What others type to reach a port of this guest. */
export interface FoundUrl {
  /** By Windows' address. */
  readonly url: string;
  /** By its name; null where it answers to none there, or no wslfwd runs that knows it. */
  readonly nameUrl: string | null;
  /** Whether they get there now. */
  readonly isOpen: boolean;
}

/** What others type to reach a port of this guest, and whether they get there now. Throws Refusal where that cannot be told. */
export async function findUrl(port: number): Promise<FoundUrl> {
  const [address, open, { name }] = await Promise.all([readAddress(), findOpenPort(port), askPlace()]);
  const nameUrl = name === null ? null : formatUrl(name, open ?? port);
  return { url: formatUrl(address, open ?? port), nameUrl, isOpen: open !== null };
}

/** The answer came from another process: nothing but a name may pass. */
function parseLanName(text: string | null): string | null {
  return text !== null && /^[a-z\d-]{1,63}\.local$/.test(text) ? text : null;
}

async function readAddress(): Promise<string> {
  const { address: known } = await askPlace();
  if (known !== null) return known;
  const programs = await findPrograms();
  let address: string | null;
  try {
    address = await readLanAddress(programs);
  } catch (error) {
    throw new Refusal(
      ExitCode.FAILED,
      `Cannot read Windows' address: ${messageOf(error)}; see wslfwd doctor`,
    );
  }
  if (address !== null) return address;
  throw new Refusal(ExitCode.FAILED, "Windows is in no network: it has no address that others could type");
}

/** The port on Windows under which a port is open now: one of that number, else one that leads to it. Null for none. */
async function findOpenPort(port: number): Promise<number | null> {
  const instance = await askInstance();
  const answer = instance === null ? null : readStatusAnswer(instance);
  if (answer !== null) {
    const open = answer.forwarded.find(({ listenPort }) => listenPort === port) ??
      answer.forwarded.find(({ connectPort }) => connectPort === port);
    return open?.listenPort ?? null;
  }
  // Rules may be kept though no wslfwd runs (--mode manual).
  const { held } = await readStatus();
  const ours = held?.entries.filter(({ holder }) => holder !== "foreign") ?? [];
  const entry = ours.find(({ listen }) => listen.port === port) ??
    ours.find(({ connect }) => connect.port === port);
  if (entry !== undefined) return Number(entry.listen.port);
  return held?.openPorts.some((open) => open.port === port) === true ? port : null;
}
