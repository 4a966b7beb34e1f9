import { askInstance } from "../../../daemon/instance/instance_lock.ts";
import { readStatus } from "../../../daemon/instance/read_status.ts";
import { findPrograms } from "../../../daemon/open/open_windows.ts";
import { type FoundLan, readLanAddresses } from "../../../daemon/open/read_lan_address.ts";
import { ExitCode } from "../../../daemon/exit_code.ts";
import { Refusal } from "../../../daemon/refusal.ts";
import { ANY_IPV4, parseIp, parseIpv4, parseIpv6 } from "../../../net/address.ts";
import { endpointAt } from "../../../net/endpoint.ts";
import { ruleOf } from "../../../plan/rules/entry.ts";
import { guestPortOf, type Rule } from "../../../plan/rules/rule.ts";
import { messageOf } from "../../../process/command.ts";
import { type LanAddresses, urlsFor } from "../../../view/addresses.ts";
import { formatUrl } from "../../../view/url.ts";
import { pickFields } from "../../json/json_check.ts";
import { REPORT_FIELDS } from "../../json/report_fields.ts";
import { renderJsonObject } from "../../json/render_json.ts";
import type { Output } from "../../screen/output.ts";
import { type ForwardFields, readStatusAnswer, type StatusAnswer } from "./status_answer.ts";

/**
 * `address`: the address of Windows that others in its network type, and nothing else; `isAll`: every one, the best first, one
 * on each line. Throws Refusal where there is none.
 */
export async function printAddress(isAll: boolean, stdout: Output): Promise<number> {
  const answer = await askAnswer().catch(() => null);
  const { lanAddress, lanIpv6 } = await readAddresses(answer);
  const all = [lanAddress, lanIpv6].filter((address) => address !== null);
  stdout.write((isAll ? all : all.slice(0, 1)).map((address) => `${address}\n`).join(""));
  return ExitCode.OK;
}

/**
 * `url PORT`: what others type to reach a port of this guest, and nothing else; under its number on Windows, where that is
 * another one. Printed also where the port is not open, since it may be soon: then the exit code says so, and a line on stderr.
 * `isAll`: by IPv6, too, where it is open by that; the best first, one on each line.
 */
export async function printUrl(
  port: number,
  { isAll, isJson }: { readonly isAll: boolean; readonly isJson: boolean },
  stdout: Output,
  fail: (message: string) => void,
): Promise<number> {
  const { urls, nameUrl, isOpen } = await findUrls(port);
  const fields = () => pickFields({ url: urls[0], urls, nameUrl, isOpen }, REPORT_FIELDS.url);
  const lines = isJson ? [renderJsonObject("url", Date.now(), fields())] : isAll ? urls : urls.slice(0, 1);
  stdout.write(lines.map((line) => `${line}\n`).join(""));
  if (isOpen) return ExitCode.OK;
  fail(
    `port ${port} is not open now; to open it: wslfwd ${port}; to learn why it is not: wslfwd why ${port}`,
  );
  return ExitCode.NOT_OPEN;
}

/** What others type to reach a port of this guest, the best first, at least one; and whether they get there now. */
export interface FoundUrls {
  /** Without what is not open, unless nothing is. */
  readonly urls: readonly string[];
  /** By Windows' name; null where it answers to none there, or no wslfwd runs that knows it. */
  readonly nameUrl: string | null;
  /** Whether the port is open now. */
  readonly isOpen: boolean;
}

/** Finds them. Throws Refusal where that cannot be told. */
export async function findUrls(port: number): Promise<FoundUrls> {
  const answer = await askAnswer(), name = parseLanName(answer?.lanName ?? null);
  const [addresses, open] = await Promise.all([readAddresses(answer), findOpenPort(port, answer)]);
  const isOpen = open !== null;
  const nameUrl = name === null ? null : formatUrl(name, open?.[0]?.listen.port ?? port);
  return {
    urls: isOpen ? urlsFor(addresses, open) : [formatUrl(addresses.lanAddress, port)],
    nameUrl,
    isOpen,
  };
}

/** The answer came from another process: nothing but a name may pass. */
function parseLanName(text: string | null): string | null {
  return text !== null && /^[a-z\d-]{1,63}\.local$/.test(text) ? text : null;
}

/** Windows' addresses: those that the running wslfwd shows, else what Windows says. Throws Refusal where there is none. */
async function readAddresses(
  answer: StatusAnswer | null,
): Promise<LanAddresses & { readonly lanAddress: string }> {
  const lanAddress = parseIpv4(answer?.lanAddress ?? "");
  if (lanAddress !== null) return { lanAddress, lanIpv6: parseIpv6(answer?.lanIpv6 ?? "") };
  const programs = await findPrograms();
  let lan: FoundLan | null;
  try {
    lan = await readLanAddresses(programs);
  } catch (error) {
    throw new Refusal(
      ExitCode.FAILED,
      `Cannot read Windows' address: ${messageOf(error)}; see wslfwd doctor`,
    );
  }
  if (lan !== null) return { lanAddress: lan.address, lanIpv6: lan.ipv6 };
  throw new Refusal(ExitCode.FAILED, "Windows is in no network: it has no address that others could type");
}

/** What a wslfwd that runs says of itself; null where none does, or one whose answer is in another format. */
async function askAnswer(): Promise<StatusAnswer | null> {
  const instance = await askInstance();
  return instance === null ? null : readStatusAnswer(instance);
}

/** The rules by which a port is open now: that of the same number on Windows, else one that leads to it. Null for none. */
async function findOpenPort(port: number, answer: StatusAnswer | null): Promise<readonly Rule[] | null> {
  if (answer !== null) {
    const open = answer.forwarded.find(({ listenPort }) => listenPort === port) ??
      answer.forwarded.find(({ connectPort }) => connectPort === port);
    return open === undefined ? null : rulesShown(open);
  }
  // Rules may be kept though no wslfwd runs (--mode manual).
  const { held } = await readStatus();
  const ours = held?.entries.flatMap((entry) => entry.holder === "foreign" ? [] : ruleOf(entry) ?? []) ?? [];
  const found = ours.find(({ listen }) => listen.port === port) ??
    ours.find((rule) => guestPortOf(rule) === port);
  if (found !== undefined) {
    const same = ours.filter(({ listen }) => listen.port === found.listen.port);
    return same.toSorted((a, b) => a.listen.family - b.listen.family);
  }
  const isOpen = held?.openPorts.some((open) => open.port === port) === true;
  return isOpen ? [{ listen: endpointAt("tcp", ANY_IPV4, port), target: { kind: "direct" } }] : null;
}

/** The rules of a port as far as an answer tells them: which address each listens on. */
function rulesShown({ listenAddresses, listenPort }: ForwardFields): Rule[] {
  return listenAddresses.flatMap((text) => {
    const address = parseIp(text);
    return address === null
      ? []
      : [{ listen: endpointAt("tcp", address, listenPort), target: { kind: "direct" } }];
  });
}
