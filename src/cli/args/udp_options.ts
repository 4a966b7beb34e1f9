import { HELPER_CHOICES, parsePorts, parseWord } from "../../config/values.ts";
import { gathered, type Option, switched, valued } from "./option.ts";

/** The options about UDP, in the order of the help. */
export const UDP_OPTIONS: readonly Option[] = [
  switched("udp", {
    name: "udp",
    group: "What is reachable, and by whom",
    brief: "programs that wait for UDP, too",
    configKey: "udp",
  }),
  gathered(
    "fixedUdpPorts",
    {
      name: "udp-port",
      placeholder: "PORTS",
      group: "What is reachable, and by whom",
      brief: "these by UDP, whether or not anything waits",
      completes: "port",
      isList: true,
      configKey: "udp_port",
    },
    parsePorts,
    (before, value) => before?.union(value) ?? value,
  ),
  valued("helper", {
    name: "helper",
    placeholder: "WHAT",
    values: HELPER_CHOICES,
    group: "What is reachable, and by whom",
    brief: "what our program on Windows does: off, udp, all",
    defaultText: "udp",
    configKey: "helper",
  }, (text) => parseWord(text, HELPER_CHOICES)),
];
