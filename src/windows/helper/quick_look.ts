import { parseIp } from "../../net/address.ts";
import { endpointAt } from "../../net/endpoint.ts";
import { parsePort } from "../../net/port.ts";
import { type HeldClaim, isClaimName } from "../../plan/claims/claim.ts";
import { parseTag } from "../../plan/claims/tag.ts";
import type { HostListener } from "../../plan/desired/host_view.ts";
import type { Entry, Place } from "../../plan/rules/entry.ts";
import type { HelperLine } from "./udp_relay.ts";

/** What the helper sees of what Windows holds: a few milliseconds, and no program of Windows. */
export interface QuickLook {
  /** The portproxy table from IPv4 to IPv4; a row of words that are not plain is `? -> ?`. */
  readonly entries: readonly Entry[];
  /** Claims of every owner. */
  readonly claims: readonly HeldClaim[];
}

/** Whether it sees an entry: those of one table. UDP's are the helper's own. */
export function isQuick({ listen, connect }: Entry): boolean {
  return listen.protocol === "tcp" && listen.family === 4 && connect.family === 4;
}

/** Looks. Null where the helper cannot tell, or is gone. Never rejects. */
export async function lookQuickly(helper: HelperLine): Promise<QuickLook | null> {
  const rows = await askRows(helper, "held");
  if (rows === null) return null;
  return {
    entries: rows.flatMap(([kind, listen, connect]) =>
      kind === "entry" && connect !== undefined
        ? [{ listen: readPlace(listen!), connect: readPlace(connect) }]
        : []
    ),
    claims: rows.flatMap(([kind, name, text]) => {
      const tag = kind === "rule" && text !== undefined ? parseTag(text) : null;
      return tag === null || !isClaimName(name!) ? [] : [{ name: name!, ...tag }];
    }),
  };
}

/** What listens by TCP on Windows, IP Helper's included. Null where the helper cannot tell. Never rejects. */
export async function listListeners(helper: HelperLine): Promise<readonly HostListener[] | null> {
  const rows = await askRows(helper, "listeners");
  return rows?.flatMap(([address, port, pid]) => {
    const ip = parseIp(address ?? ""), number = parsePort(port ?? "");
    return ip === null || number === null || !/^\d{1,10}$/.test(pid ?? "")
      ? []
      : [{ ...endpointAt("tcp", ip, number), pid: Number(pid) }];
  }) ?? null;
}

/** The process that forwards, 0 for none. Null where the helper cannot tell. Never rejects. */
export async function findForwarder(helper: HelperLine): Promise<number | null> {
  const text = (await askRows(helper, "forwarder"))?.[0]?.[0] ?? "";
  return /^\d{1,10}$/.test(text) ? Number(text) : null;
}

async function askRows(
  helper: HelperLine,
  command: string,
): Promise<readonly (readonly string[])[] | null> {
  const answer = await helper.request(command).catch(() => null);
  return answer === null || answer.refusal !== null ? null : answer.rows;
}

/** `0.0.0.0/3000`, as the registry has it. Hostile words stay words. */
function readPlace(text: string): Place {
  const slash = text.lastIndexOf("/"), port = text.slice(slash + 1);
  return { protocol: "tcp", family: 4, address: text.slice(0, slash), port: parsePort(port) ?? port };
}
