import { deepStrictEqual as equal, throws } from "node:assert/strict";
import { parseExcludedPorts } from "../../../src/windows/network/excluded_ports.ts";
import { decodeOutput, splitLines, splitWords } from "../../../src/windows/run/output_text.ts";
import { parseServiceState } from "../../../src/windows/network/service_state.ts";
import { OutputSyntaxError } from "../../../src/windows/run/syntax_error.ts";
import { parseWindowsListeners } from "../../../src/windows/network/windows_listeners.ts";
import { ownerOf, parseWindowsUser } from "../../../src/windows/session/windows_user.ts";
import { forAll } from "../random.ts";
import { taking } from "../plan/samples.ts";
import { encode, type Language } from "./samples.ts";

const printed = (lines: readonly string[], language: Language = "en") =>
  decodeOutput(encode(lines.join("\r\n"), language));

Deno.test("splitLines and splitWords take every line end and blank", () => {
  equal(splitLines("a\r\nb\nc\rd\r\n"), ["a", "b", "c", "d", ""]);
  equal(splitWords("  a \t b  "), ["a", "b"]);
  equal(splitWords(""), []);
});

Deno.test("decodeOutput makes one character of each byte, ASCII as it is", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const text = decodeOutput(bytes);
  equal(text.length, 256);
  equal(text.slice(0, 128), String.fromCharCode(...bytes.subarray(0, 128)));
  equal(/[\0-\x7f]/.test(text.slice(128)), false);
});

Deno.test("parseExcludedPorts reads the ranges in any language", () => {
  const rows = ["      1080        1179", "     50000       50059     *", "  65000  65535"];
  const english = printed([
    "",
    "Protocol tcp Port Exclusion Ranges",
    "",
    "Start Port    End Port      ",
    "----------    --------      ",
    ...rows,
    "",
    "* - Administered port exclusions.",
    "",
  ]);
  const chinese = printed(
    [
      "",
      "协议 tcp 端口排除范围",
      "",
      "开始端口    结束端口      ",
      "----------    --------      ",
      ...rows,
      "",
      "* - 管理的端口排除。",
      "",
    ],
    "zh",
  );
  for (const output of [english, chinese]) {
    equal(parseExcludedPorts(output).toString(), "1080-1179,50000-50059,65000-65535");
  }
  equal(
    parseExcludedPorts(printed(["", "Start Port    End Port", "----------    --------", "", ""])).isEmpty,
    true,
  );
  for (const output of ["", "\r\n", "The service is not started.\r\n", "1080 1179\r\n"]) {
    throws(() => parseExcludedPorts(output), OutputSyntaxError, JSON.stringify(output));
  }
});

const SC = (
  state: string,
  pid: string,
  labels = [
    "TYPE",
    "STATE",
    "WIN32_EXIT_CODE",
    "SERVICE_EXIT_CODE",
    "CHECKPOINT",
    "WAIT_HINT",
    "PID",
    "FLAGS",
  ],
) => [
  "",
  "SERVICE_NAME: iphlpsvc ",
  `        ${labels[0]!.padEnd(18)} : 30  WIN32  `,
  `        ${labels[1]!.padEnd(18)} : ${state} `,
  "                                (STOPPABLE, NOT_PAUSABLE, ACCEPTS_SHUTDOWN)",
  `        ${labels[2]!.padEnd(18)} : 0  (0x0)`,
  `        ${labels[3]!.padEnd(18)} : 0  (0x0)`,
  `        ${labels[4]!.padEnd(18)} : 0x0`,
  `        ${labels[5]!.padEnd(18)} : 0x0`,
  `        ${labels[6]!.padEnd(18)} : ${pid}`,
  `        ${labels[7]!.padEnd(18)} : `,
  "",
];

Deno.test("parseServiceState reads state and process id in any language", () => {
  equal(parseServiceState(printed(SC("4  RUNNING", "3412"))), { isRunning: true, pid: 3412 });
  equal(parseServiceState(printed(SC("1  STOPPED", "0"))), { isRunning: false, pid: 0 });
  equal(parseServiceState(printed(SC("2  START_PENDING", "77"))), { isRunning: false, pid: 77 });
  throws(() => parseServiceState(printed(SC("40 RUNNING", "77"))), OutputSyntaxError);
  const german = [
    "TYP",
    "STATUS",
    "WIN32-BEENDIGUNGSCODE",
    "DIENST-BEENDIGUNGSCODE",
    "PRÜFPUNKT",
    "WARTEHINWEIS",
    "PID",
    "FLAGS",
  ];
  equal(
    parseServiceState(
      decodeOutput(encode(SC("4  RUNNING", "5", german).join("\r\n").replace("Ü", "U"), "de")),
    ),
    {
      isRunning: true,
      pid: 5,
    },
  );
  const chinese = ["类型", "状态", "WIN32 退出代码", "服务退出代码", "检查点", "等待提示", "PID", "标志"];
  equal(parseServiceState(printed(SC("4  RUNNING", "5", chinese), "zh")), { isRunning: true, pid: 5 });
  const failed =
    "[SC] EnumQueryServicesStatus:OpenService FAILED 1060:\r\n\r\nThe specified service does not exist.\r\n";
  for (const output of ["", failed, printed(SC("4  RUNNING", "x")), printed(SC("RUNNING", "4"))]) {
    throws(() => parseServiceState(output), OutputSyntaxError, output);
  }
});

Deno.test("parseServiceState: output that was cut off is never another state", () => {
  const output = printed(SC("4  RUNNING", "3412"));
  for (let length = 0; length < output.length; length++) {
    try {
      const { isRunning, pid } = parseServiceState(output.slice(0, length));
      // The process id stands last: its last digits may be cut off.
      equal([isRunning, "3412".startsWith(String(pid))], [true, true]);
    } catch (error) {
      if (!(error instanceof OutputSyntaxError)) throw error;
    }
  }
});

Deno.test("parseWindowsListeners reads what listens, in any language", () => {
  const rows = (listening: string) => [
    `  TCP    0.0.0.0:135            0.0.0.0:0              ${listening}       1044`,
    `  TCP    127.0.0.1:5432         0.0.0.0:0              ${listening}       9999`,
    "  TCP    192.168.1.5:139        0.0.0.0:0              LISTENING       4",
    "  TCP    192.168.1.5:50123      140.82.112.3:443       ESTABLISHED     5012",
    "  TCP    192.168.1.5:50124      140.82.112.3:443       TIME_WAIT       0",
    "  TCP    [::]:135               [::]:0                 LISTENING       1044",
    "  UDP    0.0.0.0:5353           *:*                                    2100",
  ];
  const expected = [
    taking("0.0.0.0", 135, 1044),
    taking("127.0.0.1", 5432, 9999),
    taking("192.168.1.5", 139, 4),
    taking("::", 135, 1044),
    { ...taking("0.0.0.0", 5353, 2100), protocol: "udp" },
  ];
  const english = [
    "",
    "Active Connections",
    "",
    "  Proto  Local Address          Foreign Address        State           PID",
  ];
  equal(parseWindowsListeners(printed([...english, ...rows("LISTENING"), ""])), expected);
  equal(
    parseWindowsListeners(printed([
      "",
      "Aktive Verbindungen",
      "",
      ...rows("ABHÖREN").map((row) => row.replace("Ö", "ö")),
      "",
    ], "de")),
    expected,
  );
  equal(
    parseWindowsListeners(
      printed([
        "",
        "活动连接",
        "",
        "  协议  本地地址          外部地址        状态           PID",
        ...rows("LISTENING"),
        "",
      ], "zh"),
    ),
    expected,
  );
  for (const output of ["", "\r\n", "Zugriff verweigert\r\n", printed(english)]) {
    throws(() => parseWindowsListeners(output), OutputSyntaxError);
  }
});

Deno.test("parseWindowsUser reads user and elevation in any language", () => {
  const whoami = (level: string, name: string, language: Language = "en") =>
    printed([
      "",
      "USER INFORMATION",
      "----------------",
      "",
      "User Name    SID",
      "============ ==============================================",
      `pc\\${name}      S-1-5-21-1004336348-1177238915-682003330-1001`,
      "",
      "GROUP INFORMATION",
      "Group Name                                 Type             SID          Attributes",
      "Everyone                                   Well-known group S-1-1-0      Mandatory group",
      `Mandatory Label\\Level                      Label            ${level}`,
      "",
    ], language);
  const sid = "S-1-5-21-1004336348-1177238915-682003330-1001";
  equal(parseWindowsUser(whoami("S-1-16-12288", "me")), { sid, isElevated: true, isAdministrator: false });
  equal(parseWindowsUser(whoami("S-1-16-16384", "me")), { sid, isElevated: true, isAdministrator: false });
  equal(parseWindowsUser(whoami("S-1-16-8192", "me")), { sid, isElevated: false, isAdministrator: false });
  equal(parseWindowsUser(whoami("S-1-16-122880", "me")), { sid, isElevated: false, isAdministrator: false });
  equal(parseWindowsUser(whoami("S-1-16-12288", "张三", "zh")), {
    sid,
    isElevated: true,
    isAdministrator: false,
  });
  // A terminal that is not elevated shows the group, for refusals only; who is no administrator has no such line.
  const group = "BUILTIN\\Administrators Alias S-1-5-32-544 Group used for deny only\r\n";
  equal(parseWindowsUser(whoami("S-1-16-8192", "me") + group), {
    sid,
    isElevated: false,
    isAdministrator: true,
  });
  for (const output of ["", "ERROR: Access denied\r\n", "S-1-5", "s-1-5-21-1"]) {
    throws(() => parseWindowsUser(output), OutputSyntaxError, output);
  }
});

Deno.test("ownerOf makes eight hexadecimal digits, the same for the same user", async () => {
  equal(await ownerOf("S-1-5-21-1-2-3-1001"), await ownerOf("S-1-5-21-1-2-3-1001"));
  equal(/^[0-9a-f]{8}$/.test(await ownerOf("S-1-5-18")), true);
  equal(await ownerOf("S-1-5-18") === await ownerOf("S-1-5-19"), false);
});

Deno.test("the parsers read what was damaged as something or not at all, and throw nothing else", () => {
  const parsers = [parseExcludedPorts, parseServiceState, parseWindowsListeners, parseWindowsUser];
  const samples = [
    printed(SC("4  RUNNING", "3412")),
    "  TCP    0.0.0.0:135   0.0.0.0:0   LISTENING   1044\r\n",
    "---- ----\r\n1 2\r\n",
    "S-1-5-21-1",
  ];
  forAll(3000, (random) => {
    let output = random.pick(samples);
    for (let i = random.int(0, 5); i > 0; i--) {
      const at = random.int(0, output.length);
      output = output.slice(0, at) + random.pick(["\r", "\n", ":", "\0", "\xa0", "-", "9".repeat(30), " "]) +
        output.slice(at + random.int(0, 9));
    }
    for (const parse of parsers) {
      try {
        parse(output);
      } catch (error) {
        if (!(error instanceof OutputSyntaxError)) throw error;
      }
    }
  });
});
