import { formatEndpoint } from "../../net/address.ts";
import { OutputSyntaxError } from "./syntax_error.ts";

/** How long curl may take to connect, and altogether, in seconds. */
const CONNECT_S = 3, TOTAL_S = 5;

/**
 * What to ask of curl.exe (part of Windows since 10, 1803): to connect, ask for the head of a page, and print how long
 * connecting took. The brackets of an IPv6 address mean nothing else (`--globoff`). Neither the user's .curlrc (`--disable`, which must come first) nor a proxy has a say.
 */
export function curlWords(address: string, port: number): string[] {
  return [
    ...["--disable", "--silent", "--head", "--globoff", "--noproxy", "*", "--output", "NUL"],
    ...["--connect-timeout", String(CONNECT_S), "--max-time", String(TOTAL_S)],
    ...["--write-out", "%{time_connect}", `http://${formatEndpoint(address, port)}/`],
  ];
}

/**
 * Whether the connection came about, by what curl printed for {@link curlWords}: the time is 0 where it did not (curl(1),
 * time_connect). What the service made of the question does not matter: it may speak anything. Throws OutputSyntaxError.
 */
export function parseCurlConnect(output: string): boolean {
  const time = /^(\d+)[.,](\d+)\s*$/.exec(output);
  if (time === null) throw new OutputSyntaxError("curl", 0, "the time that connecting took");
  return Number(time[1]) > 0 || Number(time[2]) > 0;
}
