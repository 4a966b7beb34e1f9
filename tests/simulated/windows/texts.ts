/**
 * What Windows says in each language, in the code page of its console. The portproxy titles of zh, pt and ja stand
 * in facts/windows.md; the rest beside English is assumed.
 */

/** A language of Windows. */
export type Language = "en" | "zh" | "ja" | "de" | "pt";

/** The sentences and titles. */
export interface Texts {
  readonly portproxyTitle: string;
  readonly address: string;
  readonly port: string;
  readonly needsElevation: string;
  readonly fileNotFound: string;
  readonly objectExists: string;
  readonly ok: string;
  readonly deletedRules: string;
  readonly noRules: string;
  readonly badSyntax: string;
  readonly noCommand: string;
  readonly excludedRanges: string;
  readonly startPort: string;
  readonly endPort: string;
  readonly endOfSearch: string;
  readonly registryNotFound: string;
  readonly registryForbidden: string;
  readonly listening: string;
  readonly activeConnections: string;
  readonly state: string;
  readonly running: string;
  readonly stopped: string;
  readonly highLevel: string;
  readonly mediumLevel: string;
  readonly noTasks: string;
  readonly taskMade: string;
  readonly taskDeleted: string;
  readonly taskStarted: string;
  readonly noTask: string;
  readonly accessDenied: string;
}

const ENGLISH: Texts = {
  portproxyTitle: "Listen on ipv4:             Connect to ipv4:",
  address: "Address",
  port: "Port",
  needsElevation: "The requested operation requires elevation (Run as administrator).",
  fileNotFound: "The system cannot find the file specified.",
  objectExists: "The object already exists.",
  ok: "Ok.",
  deletedRules: "Deleted %n rule(s).",
  noRules: "No rules match the specified criteria.",
  badSyntax: "The syntax supplied for this command is not valid. Check help for the correct syntax.",
  noCommand: "The following command was not found: %s.",
  excludedRanges: "Protocol tcp Port Exclusion Ranges",
  startPort: "Start Port",
  endPort: "End Port",
  endOfSearch: "End of search: %n match(es) found.",
  registryNotFound: "ERROR: The system was unable to find the specified registry key or value.",
  registryForbidden: "ERROR: Registry editing has been disabled by your administrator.",
  listening: "LISTENING",
  activeConnections: "Active Connections",
  state: "STATE",
  running: "RUNNING",
  stopped: "STOPPED",
  highLevel: "Mandatory Label\\High Mandatory Level",
  mediumLevel: "Mandatory Label\\Medium Mandatory Level",
  noTasks: "INFO: No tasks are running which match the specified criteria.",
  taskMade: 'SUCCESS: The scheduled task "%s" has successfully been created.',
  taskDeleted: 'SUCCESS: The scheduled task "%s" was successfully deleted.',
  taskStarted: 'SUCCESS: Attempted to run the scheduled task "%s".',
  noTask: "ERROR: The system cannot find the file specified.",
  accessDenied: "ERROR: Access is denied.",
};

const CHINESE: Texts = {
  ...ENGLISH,
  portproxyTitle: "侦听 ipv4:                 连接到 ipv4:",
  address: "地址",
  port: "端口",
  needsElevation: "请求的操作需要提升(作为管理员运行)。",
  fileNotFound: "系统找不到指定的文件。",
  objectExists: "对象已存在。",
  ok: "确定。",
  deletedRules: "已删除 %n 规则。",
  noRules: "没有与指定标准相匹配的规则。",
  badSyntax: "提供的此命令的语法无效。请查看帮助以获取正确的语法信息。",
  noCommand: "找不到下列命令: %s。",
  excludedRanges: "协议 tcp 端口排除范围",
  startPort: "开始端口",
  endPort: "结束端口",
  endOfSearch: "搜索结束: 找到 %n 匹配。",
  registryNotFound: "错误: 系统找不到指定的注册表项或值。",
  activeConnections: "活动连接",
  noTasks: "信息: 没有运行的任务匹配指定标准。",
  taskMade: '成功: 成功创建计划任务 "%s"。',
  taskDeleted: '成功: 计划的任务 "%s" 被成功删除。',
  taskStarted: '成功: 尝试运行计划任务 "%s"。',
  noTask: "错误: 系统找不到指定的文件。",
  accessDenied: "错误: 拒绝访问。",
  highLevel: "Mandatory Label\\High Mandatory Level",
};

const GERMAN: Texts = {
  ...ENGLISH,
  portproxyTitle: "Abhören auf ipv4:           Verbinden mit ipv4:",
  address: "Adresse",
  port: "Anschluss",
  needsElevation: "Der angeforderte Vorgang erfordert erhöhte Rechte (als Administrator ausführen).",
  fileNotFound: "Das System kann die angegebene Datei nicht finden.",
  objectExists: "Das Objekt ist bereits vorhanden.",
  ok: "OK.",
  deletedRules: "%n Regel(n) wurde(n) gelöscht.",
  noRules: "Es stimmen keine Regeln mit den angegebenen Kriterien überein.",
  excludedRanges: 'Portausschlussbereiche für Protokoll "tcp"',
  startPort: "Startport",
  endPort: "Endport",
  endOfSearch: "Ende der Suche: %n Übereinstimmung(en) gefunden.",
  registryNotFound: "FEHLER: Der angegebene Registrierungsschlüssel bzw. Wert wurde nicht gefunden.",
  listening: "ABHÖREN",
  activeConnections: "Aktive Verbindungen",
  state: "STATUS",
  highLevel: "Verbindliche Beschriftung\\Hohe Verbindlichkeitsstufe",
  mediumLevel: "Verbindliche Beschriftung\\Mittlere Verbindlichkeitsstufe",
};

const PORTUGUESE: Texts = {
  ...ENGLISH,
  portproxyTitle: "Escuta em ipv4:             Conectar-se a ipv4:",
  address: "Endereço",
  port: "Porta",
  needsElevation: "A operação solicitada requer elevação (Executar como administrador).",
  fileNotFound: "O sistema não pode encontrar o arquivo especificado.",
  noRules: "Nenhuma regra corresponde aos critérios especificados.",
  listening: "OUVINDO",
  activeConnections: "Conexões ativas",
};

const JAPANESE: Texts = {
  ...ENGLISH,
  portproxyTitle: "ipv4 をリッスンする:         ipv4 に接続する:",
  needsElevation: "要求された操作には管理者特権が必要です (管理者として実行)。",
  fileNotFound: "指定されたファイルが見つかりません。",
  noRules: "指定された条件に一致する規則がありません。",
};

/** The texts of each language. */
export const TEXTS: Readonly<Record<Language, Texts>> = {
  en: ENGLISH,
  zh: CHINESE,
  ja: JAPANESE,
  de: GERMAN,
  pt: PORTUGUESE,
};
