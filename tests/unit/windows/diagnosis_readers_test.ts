import { deepStrictEqual as same, equal, throws } from "node:assert/strict";
import { curlWords, parseCurlConnect } from "../../../src/windows/run/curl_connect.ts";
import { joinFirewallPolicy, parseFirewallSettings } from "../../../src/windows/firewall/firewall_policy.ts";
import { parseInboundRules } from "../../../src/windows/firewall/firewall_rules.ts";
import { isShutByHyperV, parseHyperVSettings } from "../../../src/windows/firewall/hyper_v_firewall.ts";
import { parseOtherFirewalls } from "../../../src/windows/firewall/other_firewalls.ts";
import { printed, readTranscript } from "../../recorded/transcript.ts";
import { parseProcessName } from "../../../src/windows/run/process_name.ts";

// Assumed, by the documents named in each reader: no Windows was at hand.
const KEY =
  "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\SharedAccess\\Parameters\\FirewallPolicy";

Deno.test("parseCurlConnect tells by the time whether there was a connection, in any locale", () => {
  for (const text of ["0.000345", "0.000001\r\n", "1.5", "0,000345"]) {
    equal(parseCurlConnect(text), true, text);
  }
  for (const text of ["0.000000", "0,000000\n"]) equal(parseCurlConnect(text), false, text);
  for (const text of ["", "curl: (7) Failed", "0.000345 0.1", "-1.0"]) {
    throws(() => parseCurlConnect(text), text);
  }
});

Deno.test("curlWords ask neither a .curlrc nor a proxy, and name an IPv6 address in brackets", () => {
  same(curlWords("10.0.0.1", 80)[0], "--disable");
  equal(curlWords("10.0.0.1", 80).at(-1), "http://10.0.0.1:80/");
  equal(curlWords("::1", 80).at(-1), "http://[::1]:80/");
});

function rulesOf(...texts: string[]): ReturnType<typeof parseInboundRules> {
  const rows = texts.map((text, i) => `    {GUID-${i}}    REG_SZ    ${text}`);
  return parseInboundRules([`${KEY}\\FirewallRules`, ...rows, ""].join("\r\n"));
}

Deno.test("parseInboundRules reads rules by key, whatever their order, and passes over what is not inbound TCP", () => {
  const [rule, ...rest] = rulesOf(
    "v2.31|Name=a b|Desc=d|LPort=80|Profile=Private|LPort2_10=3000-3999|Dir=In|Protocol=6|Profile=Domain|Active=TRUE|Action=Block|",
    "v2.31|Action=Allow|Active=TRUE|Dir=Out|Protocol=6|Name=out|",
    "v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=17|Name=udp|",
    "not a rule",
  );
  same(rest, []);
  same({ ...rule, ports: rule!.ports!.toString() }, {
    name: "a b",
    description: "d",
    isBlock: true,
    isActive: true,
    profiles: ["private", "domain"],
    ports: "80,3000-3999",
    isForProgram: false,
    peers: [],
  });
});

Deno.test("parseInboundRules takes what a rule leaves out for all, and a word for ports that are not told for none", () => {
  const [any, program, peers, words] = rulesOf(
    "v2.0|Action=Allow|Active=FALSE|Dir=In|Name=any|",
    "v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=6|App=C:\\x.exe|Name=program|",
    "v2.31|Action=Block|Active=TRUE|Dir=In|Protocol=6|RA4=10.0.0.1|Name=peers|",
    "v2.31|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=RPC|Svc=x|Name=words|",
  );
  same([any!.isActive, any!.profiles, any!.ports], [false, null, null]);
  same([program!.isForProgram, peers!.peers, words!.ports!.isEmpty], [true, ["10.0.0.1"], true]);
  throws(() => parseInboundRules("ERROR: Access is denied.\r\n"));
});

Deno.test("joinFirewallPolicy lets group policy win, and takes what is not set for the usual", () => {
  const local = parseFirewallSettings(
    [
      `${KEY}\\StandardProfile`,
      "    EnableFirewall    REG_DWORD    0x0",
      "    DoNotAllowExceptions    REG_DWORD    0x1",
      "    Name    REG_SZ    EnableFirewall",
      "",
      `${KEY}\\PublicProfile`,
      "    EnableFirewall    REG_DWORD    0x1",
      `${KEY}\\PublicProfile\\Logging`,
      "    EnableFirewall    REG_DWORD    0x0",
    ].join("\r\n"),
  );
  same(joinFirewallPolicy(local, parseFirewallSettings("")), {
    off: ["private"],
    shut: ["private"],
    ignoresLocalRules: [],
  });
  const group = parseFirewallSettings(
    [
      "HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\Microsoft\\WindowsFirewall\\PrivateProfile",
      "    EnableFirewall    REG_DWORD    0x1",
      "    AllowLocalPolicyMerge    REG_DWORD    0x0",
    ].join("\r\n"),
  );
  same(joinFirewallPolicy(local, group), { off: [], shut: ["private"], ignoresLocalRules: ["private"] });
});

Deno.test("parseProcessName reads the row of the process, and no sentence", () => {
  equal(parseProcessName('"postgres.exe","4711","Services","0","12,345 K"\r\n', 4711), "postgres.exe");
  equal(parseProcessName('"other.exe","47110","Services","0","12,345 K"\r\n', 4711), null);
  for (const text of ["", "INFO: No tasks are running.", "4711"]) equal(parseProcessName(text, 4711), null);
});

Deno.test("parseHyperVSettings reads what a real Windows printed, and nothing else", () => {
  const { lines } = readTranscript("hyperv-vmsetting-en-merge");
  const output = printed(lines);
  const usual = {
    isLoopbackEnabled: true,
    mergesHostRules: true,
    letsInByDefault: false,
    isEnabled: true,
  };
  same(parseHyperVSettings(output), usual);
  const strict = parseHyperVSettings(output.replace(/(AllowHostPolicyMerge *: )True/, "$1False"));
  same([strict.mergesHostRules, isShutByHyperV(strict), isShutByHyperV(usual)], [false, true, false]);
  for (const text of ["", "NotConfigured", "Get-NetFirewallHyperVVMSetting : not recognized"]) {
    throws(() => parseHyperVSettings(text));
  }
});

Deno.test("parseOtherFirewalls names the products that are on", () => {
  const rows = [
    '"productState","displayName"',
    '"266240","Some ""Suite"""',
    '"262144","Switched off"',
    '"x","y"',
    "",
  ];
  same(parseOtherFirewalls(rows.join("\r\n")), ['Some "Suite"']);
  for (const output of ["", "Get-CimInstance : Invalid namespace\r\n"]) same(parseOtherFirewalls(output), []);
});
