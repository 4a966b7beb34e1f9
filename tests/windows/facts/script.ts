/** Scripts for netsh, and the folder that they lie in (facts of Windows, section 2). */
import { claimOn } from "../../../src/plan/claims/claim.ts";
import { entryOf } from "../../../src/plan/rules/entry.ts";
import { netshScript, netshWords } from "../../../src/windows/portproxy/script/netsh_words.ts";
import { findTables } from "../../../src/windows/portproxy/table/portproxy_table.ts";
import { ScriptFolder } from "../../../src/windows/portproxy/script/protected_folder.ts";
import { confirmed, type Fact, impossible, judge, otherwise } from "../fact.ts";
import { OWNER, ruleFor, SCOPE } from "../samples.ts";
import type { Ran, World } from "../world.ts";

/** Who may write where only administrators may, by SDDL's names: SYSTEM, administrators, the maker, TrustedInstaller. */
const TRUSTED =
  /^(SY|BA|CO|S-1-5-18|S-1-5-32-544|S-1-3-0|S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464)$/;

/** Rights that let somebody change a folder or what is in it ([MS-DTYP] 2.5.1.1), by name and as bits. */
const WRITING = /FA|GA|GW|FW|WD|WO|DC|SD/, WRITING_BITS = 0x500d0156;

/** Runs a text as a script of netsh, as wslfwd does. */
async function runScript(world: World, text: string): Promise<Ran> {
  const folder = new ScriptFolder(world.programs.windowsFolder!, OWNER), file = await folder.write(text);
  try {
    return await world.run("netsh.exe", "-f", file.windowsPath);
  } finally {
    await file.remove();
    await folder.clear(new Set());
  }
}

/** All of section 2. */
export const SCRIPT_FACTS: readonly Fact[] = [
  {
    id: "script-goes-on",
    claim: "netsh -f goes on after a line that fails, and ends with 1 then",
    attempt: async (world) => {
      const port = await world.sparePort(), missing = await world.sparePort();
      const words = (verb: string, to: number, rest = "") =>
        `interface portproxy ${verb} v4tov4 listenport=${to} listenaddress=127.0.0.1${rest}`;
      world.undo("netsh.exe", ...words("delete", port).split(" "));
      const lines = [words("delete", missing), words("add", port, " connectport=9 connectaddress=127.0.0.1")];
      const { exitCode } = await runScript(world, lines.map((line) => `${line}\r\n`).join(""));
      const { stdout } = await world.netsh("interface portproxy show v4tov4");
      return judge(
        { "the second line": stdout.includes(` ${port} `), "exit 1": exitCode === 1 },
        `exit ${exitCode}`,
      );
    },
  },
  {
    id: "script-pass",
    claim:
      "a script of wslfwd's own shows the table, makes a claim and its entry, shows it again, and ends with 0",
    attempt: async (world) => {
      const rule = ruleFor(await world.sparePort()),
        claim = claimOn([rule], OWNER, SCOPE),
        entry = entryOf(rule)!;
      const remove = [{ kind: "delete-entry", entry } as const, { kind: "delete-claim", claim } as const];
      for (const operation of remove) world.undo("netsh.exe", ...netshWords(operation));
      const { exitCode, stdout, durationMs } = await runScript(
        world,
        netshScript([{ kind: "add-claim", claim }, { kind: "add-entry", entry }]),
      );
      const tables = findTables(stdout), { port } = rule.listen;
      const isIn = (index: number) =>
        tables.at(index)?.entries.some(({ listen }) => listen.port === port) ?? false;
      return judge({
        "exit 0": exitCode === 0,
        "in the second table": isIn(-1),
        "in the first one not": tables.length < 2 || !isIn(0),
      }, `exit ${exitCode}, ${tables.length} tables, ${durationMs.toFixed(0)} ms`);
    },
  },
  {
    id: "protected-folder",
    claim: "in a new folder in C:\\Windows nobody but administrators and the system can write",
    attempt: async (world) => {
      const folder = new ScriptFolder(world.programs.windowsFolder!, OWNER),
        file = await folder.write("rem\r\n");
      try {
        const { exitCode, stdout } = await world.powershell(
          "(Get-Acl -LiteralPath 'C:\\Windows\\wslfwd').Sddl",
        );
        if (exitCode !== 0) return impossible(`PowerShell does not show who may write: exit ${exitCode}`);
        const writers = findWriters(stdout.trim());
        if (writers === null) return otherwise(`no security descriptor: ${stdout.trim()}`);
        const others = writers.filter((sid) => !TRUSTED.test(sid));
        return others.length === 0
          ? confirmed(stdout.trim())
          : otherwise(`${others.join(", ")} may: ${stdout.trim()}`);
      } finally {
        await file.remove();
        await folder.clear(new Set());
      }
    },
  },
];

/** Who may write by a security descriptor in SDDL ([MS-DTYP] 2.5.1); null where it is none. */
export function findWriters(sddl: string): string[] | null {
  const acl = /^O:[^]*D:[A-Z]*((?:\([^)]*\))+)/.exec(sddl);
  if (acl === null) return null;
  const entries = [...acl[1]!.matchAll(/\(([^)]*)\)/g)].map(([, text]) => text!.split(";"));
  const canWrite = (rights: string) =>
    /^0x/i.test(rights)
      ? (Number(rights) & WRITING_BITS) !== 0
      : (rights.match(/../g) ?? []).some((right) => WRITING.test(right));
  return entries.filter(([kind, , rights]) => kind === "A" && canWrite(rights!)).map((entry) => entry[5]!);
}
