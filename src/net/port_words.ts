import { parsePort } from "./port.ts";
import { PortSet } from "./port_set.ts";

/**
 * Names that Windows takes for a TCP port, as its %SystemRoot%\System32\drivers\etc\services has them. Assumed: those that
 * every Windows has; whoever adds one of their own is not understood.
 */
const SERVICES: Readonly<Record<string, number>> = {
  "echo": 7,
  "discard": 9,
  "daytime": 13,
  "ftp-data": 20,
  "ftp": 21,
  "ssh": 22,
  "telnet": 23,
  "smtp": 25,
  "mail": 25,
  "time": 37,
  "nameserver": 42,
  "domain": 53,
  "gopher": 70,
  "finger": 79,
  "http": 80,
  "www": 80,
  "www-http": 80,
  "kerberos": 88,
  "pop3": 110,
  "sunrpc": 111,
  "nntp": 119,
  "epmap": 135,
  "netbios-ssn": 139,
  "imap": 143,
  "imap4": 143,
  "snmp": 161,
  "ldap": 389,
  "https": 443,
  "microsoft-ds": 445,
  "printer": 515,
  "nntps": 563,
  "ldaps": 636,
  "ftps": 990,
  "telnets": 992,
  "imaps": 993,
  "pop3s": 995,
  "ms-sql-s": 1433,
  "ms-sql-m": 1434,
  "wins": 1512,
  "l2tp": 1701,
  "pptp": 1723,
  "radius": 1812,
  "nfs": 2049,
  "ms-wbt-server": 3389,
};

/**
 * The port that somebody meant who wrote this where netsh takes a port: a number, with zeros before it too, or the name
 * of a service. Null for anything else: a range (`30000-50000`) is stored and never listens (microsoft/WSL#8963).
 */
export function readPortWord(word: string): number | null {
  const number = /^0*(\d{1,5})$/.exec(word);
  if (number !== null) return parsePort(number[1]!);
  const name = word.toLowerCase();
  return Object.hasOwn(SERVICES, name) ? SERVICES[name]! : null;
}

/**
 * Every port that words that nobody understands can mean as the one that is listened on: of several the last is where it
 * leads to. An address and a port that ran into each other are parted in every way that makes sense.
 */
export function guessPorts(words: readonly string[]): PortSet {
  const found = words.map((word) => {
    const port = readPortWord(word);
    return port === null ? partAddress(word) : [port];
  }).filter((ports) => ports.length > 0);
  const listening = found.length > 1 ? found.slice(0, -1) : found;
  return new PortSet(listening.flat().map((port) => ({ first: port, last: port })));
}

/** The ports that may stand behind an IPv4 address without a blank between: `192.168.100.2003000`. */
function partAddress(word: string): number[] {
  const tail = /^(?:\d{1,3}\.){3}(\d{3,8})$/.exec(word)?.[1] ?? "";
  if (Number(tail) <= 255) return [];
  return [1, 2, 3].flatMap((length) => {
    const port = Number(tail.slice(0, length)) <= 255 ? parsePort(tail.slice(length)) : null;
    return port === null ? [] : [port];
  });
}
