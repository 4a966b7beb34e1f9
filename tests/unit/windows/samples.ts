import { type HeldClaim, openingOf } from "../../../src/plan/claims/claim.ts";
import type { Entry } from "../../../src/plan/rules/entry.ts";
import { formatTag } from "../../../src/plan/claims/tag.ts";
import { entry } from "../plan/samples.ts";

/** Some entries as others make them. */
export const ENTRIES: readonly Entry[] = [
  entry("0.0.0.0:2222 -> 172.23.21.232:22"),
  entry("*:8080 -> nas.local:80"),
  entry("192.168.100.200:30000-50000 -> 172.23.21.232:30000"),
  entry("127.0.0.1:65535 -> a-very-long-host-name.example.org:1"),
];

/** What each language calls the table's title and columns, and its code page. English, Chinese, Portuguese and the title
 * of Japanese stand in facts/windows.md; the rest is assumed. */
export const LANGUAGES = {
  en: {
    codePage: "ascii",
    title: "Listen on ipv4:             Connect to ipv4:",
    columns: ["Address", "Port"],
  },
  zh: { codePage: "gbk", title: "侦听 ipv4:                 连接到 ipv4:", columns: ["地址", "端口"] },
  pt: {
    codePage: "cp850",
    title: "Escuta em ipv4:             Conectar-se a ipv4:",
    columns: ["Endereço", "Porta"],
  },
  ja: {
    codePage: "shift_jis",
    title: "ipv4 をリッスンする:         ipv4 に接続する:",
    columns: ["アドレス", "ポート"],
  },
  de: {
    codePage: "cp850",
    title: "Abhören auf ipv4:           Verbinden mit ipv4:",
    columns: ["Adresse", "Anschluss"],
  },
} as const;

/** A language of these. */
export type Language = keyof typeof LANGUAGES;

const CP850: Readonly<Record<string, number>> = { "ö": 0x94, "ç": 0x87, "ü": 0x81, "ã": 0xc6, "õ": 0xe4 };
const doubleByte = new Map<string, ReadonlyMap<string, readonly number[]>>();

/** A text as a Windows console of that language prints it. Throws for a character that is not in the code page. */
export function encode(text: string, language: Language): Uint8Array {
  const { codePage } = LANGUAGES[language];
  const table = codePage === "gbk" || codePage === "shift_jis" ? pairsOf(codePage) : null;
  return new Uint8Array([...text].flatMap((character) => {
    const code = character.codePointAt(0)!;
    if (code < 0x80) return [code];
    const bytes = table === null ? [CP850[character] ?? NaN] : table.get(character) ?? [NaN];
    if (bytes.some(Number.isNaN)) throw new TypeError(`${character} is not in ${codePage}`);
    return bytes;
  }));
}

/** The platform only decodes: every pair of bytes is tried once. */
function pairsOf(label: string): ReadonlyMap<string, readonly number[]> {
  const known = doubleByte.get(label);
  if (known !== undefined) return known;
  const table = new Map<string, readonly number[]>(), decoder = new TextDecoder(label);
  for (let lead = 0x81; lead <= 0xfe; lead++) {
    for (let trail = 0x40; trail <= 0xfe; trail++) {
      const character = decoder.decode(new Uint8Array([lead, trail]));
      if (character.length === 1 && character !== "\ufffd" && !table.has(character)) {
        table.set(character, [lead, trail]);
      }
    }
  }
  doubleByte.set(label, table);
  return table;
}

/** What `netsh interface portproxy show v4tov4` prints: `%-15s %-10s  %-15s %-10s`, long fields push right. */
export function showTable(entries: readonly Entry[], language: Language = "en"): string {
  if (entries.length === 0) return "\r\n";
  const { title, columns: [address, port] } = LANGUAGES[language];
  const row = (words: readonly string[]) =>
    `${words[0]!.padEnd(15)} ${words[1]!.padEnd(10)}  ${words[2]!.padEnd(15)} ${words[3]!.padEnd(10)}`
      .trimEnd();
  const rows = entries.map((each) =>
    row([each.listen.address, `${each.listen.port}`, each.connect.address, `${each.connect.port}`])
  );
  return [
    "",
    title,
    "",
    row([address, port, address, port]),
    "--------------- ----------  --------------- ----------",
  ]
    .concat(rows, ["", ""]).join("\r\n");
}

/** The rule's text as the registry holds it. */
export function ruleText(claim: HeldClaim, changes: Readonly<Record<string, string | null>> = {}): string {
  const fields: Record<string, string | null> = {
    Action: "Allow",
    Active: "TRUE",
    Dir: "In",
    Protocol: "6",
    Profile: "Domain|Profile=Private",
    LPort: String(openingOf(claim).port),
    RA4: "LocalSubnet",
    RA6: "LocalSubnet",
    Name: claim.name,
    Desc: formatTag(claim),
    ...changes,
  };
  const parts = Object.entries(fields).filter(([, value]) => value !== null).map(([key, value]) =>
    `${key}=${value}`
  );
  return `v2.31|${parts.join("|")}|`;
}

/** What `reg.exe query … /f wslfwd /d` prints for these texts. */
export function queryRules(
  texts: readonly string[],
  summary = `End of search: ${texts.length} match(es) found.`,
) {
  const key =
    "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\SharedAccess\\Parameters\\FirewallPolicy\\FirewallRules";
  const rows = texts.map((text, i) =>
    `    {${String(i).padStart(8, "0")}-7F6E-4A2B-9C1D-0123456789AB}    REG_SZ    ${text}`
  );
  return (texts.length === 0 ? [summary, ""] : ["", key, ...rows, "", summary, ""]).join("\r\n");
}
