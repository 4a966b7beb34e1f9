import type { HostWords } from "../../contracts/host.ts";

/** What is said of a Windows whose rules netsh changes and IP Helper follows. */
export const HOST_WORDS: HostWords = {
  changer: "netsh",
  forwarderStopped:
    "IP Helper is stopped on Windows, or listens on none of the ports, so nothing is forwarded; in an elevated terminal: " +
    "sc.exe stop iphlpsvc, then sc.exe start iphlpsvc",
  forwarderRuns: "IP Helper runs again",
  incomplete: "Windows did not make every change: reading what it holds",
  cutOff: "A netsh that was cut off may still change rules",
};
