/** netsh interface portproxy: what it takes, says and keeps (facts of Windows, section 1). */
import { splitLines, splitWords } from "../../../src/windows/run/output_text.ts";
import { confirmed, type Fact, judge, otherwise } from "../fact.ts";
import type { World } from "../world.ts";

const LOOPBACK = { v4: "127.0.0.1", v6: "::1" } as const;

const FAMILIES = ["v4tov4", "v4tov6", "v6tov4", "v6tov6"] as const;

/** Where entries of a family listen and lead to. */
function ends(family: string): readonly [listen: string, connect: string] {
  return [LOOPBACK[family.slice(0, 2) as "v4" | "v6"], LOOPBACK[family.slice(4) as "v4" | "v6"]];
}

/** The rows of netsh's tables, four words each. */
export function rowsOf(stdout: string): string[] {
  const lines = splitLines(stdout), rows: string[] = [];
  let isInside = false;
  for (const line of lines) {
    if (/^-{5,} +-{5,}/.test(line)) isInside = true;
    else if (line.trim() === "") isInside = false;
    else if (isInside) rows.push(splitWords(line).join(" "));
  }
  return rows;
}

/** The rows of one family, as netsh shows them. */
export async function rows(world: World, family: string): Promise<string[]> {
  return rowsOf((await world.netsh(`interface portproxy show ${family}`)).stdout);
}

/** Has an entry removed at the end. */
export function undoEntry(world: World, family: string, port: number | string, address: string): void {
  const words = `interface portproxy delete ${family} listenport=${port} listenaddress=${address}`;
  world.undo("netsh.exe", ...words.split(" "));
}

/** One fact for each family: the whole life of an entry. */
const FAMILY_FACTS: readonly Fact[] = FAMILIES.map((family) => ({
  id: `portproxy-${family}`,
  claim:
    `in ${family}, add makes an entry and prints an empty line, add again overwrites it without a word, delete ` +
    `removes it, and deleting what is not there ends with 1`,
  attempt: async (world) => {
    const port = await world.sparePort(), [listen, connect] = ends(family);
    undoEntry(world, family, port, listen);
    const add = (to: number) =>
      world.netsh(
        `interface portproxy add ${family} listenport=${port} listenaddress=${listen} connectport=${to} connectaddress=${connect}`,
      );
    const row = (to: number) => `${listen} ${port} ${connect} ${to}`;
    const made = await add(9), shown = await rows(world, family);
    const again = await add(10), overwritten = await rows(world, family);
    const remove = () =>
      world.netsh(`interface portproxy delete ${family} listenport=${port} listenaddress=${listen}`);
    const removed = await remove(), gone = await rows(world, family), missing = await remove();
    return judge({
      "added with 0": made.exitCode === 0,
      "an empty line": made.stdout.trim() === "",
      "shown": shown.includes(row(9)),
      "overwritten with 0": again.exitCode === 0,
      "the new one alone": overwritten.includes(row(10)) && !overwritten.includes(row(9)),
      "deleted with 0": removed.exitCode === 0,
      "gone": !gone.includes(row(10)),
      "1 for what is missing": missing.exitCode === 1,
    }, `exits ${[made, again, removed, missing].map(({ exitCode }) => exitCode).join(" ")}`);
  },
}));

/** Makes an entry of unusual words, and tells whether it is kept as it was written. */
function keepsAsWritten(
  id: string,
  what: string,
  words: (port: number) => [listenPort: string, connect: string, connectPort: string],
): Fact {
  return {
    id,
    claim: `${what} is kept as it was written`,
    attempt: async (world) => {
      const [listenPort, connect, connectPort] = words(await world.sparePort());
      undoEntry(world, "v4tov4", listenPort, "127.0.0.1");
      const { exitCode } = await world.netsh(
        `interface portproxy add v4tov4 listenport=${listenPort} listenaddress=127.0.0.1 connectport=${connectPort} connectaddress=${connect}`,
      );
      const row = `127.0.0.1 ${listenPort} ${connect} ${connectPort}`, shown = await rows(world, "v4tov4");
      const near = shown.filter((each) => each.startsWith(`127.0.0.1 ${listenPort.split("-")[0]}`));
      return exitCode === 0 && shown.includes(row)
        ? confirmed(row)
        : otherwise(`exit ${exitCode}, shown: ${near.join("; ") || "nothing"}`);
    },
  };
}

/** Of section 1: the table. */
export const PORTPROXY_FACTS: readonly Fact[] = [
  ...FAMILY_FACTS,
  {
    id: "portproxy-set-missing",
    claim: "set makes an entry where there is none",
    attempt: async (world) => {
      const port = await world.sparePort();
      undoEntry(world, "v4tov4", port, "127.0.0.1");
      const { exitCode } = await world.netsh(
        `interface portproxy set v4tov4 listenport=${port} listenaddress=127.0.0.1 connectport=9 connectaddress=127.0.0.1`,
      );
      const isShown = (await rows(world, "v4tov4")).includes(`127.0.0.1 ${port} 127.0.0.1 9`);
      return judge({ "exit 0": exitCode === 0, "shown": isShown }, `exit ${exitCode}`);
    },
  },
  {
    id: "portproxy-star",
    claim:
      "without listenaddress an entry is `*`, which stands beside one of 0.0.0.0, and each is deleted by its own name",
    attempt: async (world) => {
      const port = await world.sparePort();
      for (const address of ["*", "0.0.0.0"]) undoEntry(world, "v4tov4", port, address);
      // Nothing behind it, and no firewall rule before it.
      const to = "connectport=9 connectaddress=127.0.0.1";
      await world.netsh(`interface portproxy add v4tov4 listenport=${port} ${to}`);
      await world.netsh(`interface portproxy add v4tov4 listenport=${port} listenaddress=0.0.0.0 ${to}`);
      const ours = async () =>
        (await rows(world, "v4tov4")).filter((row) => row.split(" ")[1] === String(port));
      const both = await ours();
      await world.netsh(`interface portproxy delete v4tov4 listenport=${port} listenaddress=0.0.0.0`);
      const one = await ours();
      return judge({
        "both": both.length === 2,
        "`*` alone after that": one.join() === `* ${port} 127.0.0.1 9`,
      }, `${both.join(", ")} / ${one.join(", ")}`);
    },
  },
  keepsAsWritten("portproxy-range", "a range of ports", (port) => [`${port}-${port + 5}`, "127.0.0.1", "9"]),
  keepsAsWritten("portproxy-host-name", "a host name", (port) => [String(port), "localhost", "9"]),
  keepsAsWritten("portproxy-port-name", "a port by its name", (port) => [String(port), "127.0.0.1", "http"]),
];
