import { parseLoopback } from "../../config/loopback_values.ts";
import { parsePorts } from "../../config/values.ts";
import { gathered, type Option } from "./option.ts";

/** The options about services on 127.0.0.1, in the order of the help. */
export const LOOPBACK_OPTIONS: readonly Option[] = [
  gathered(
    "loopback",
    {
      name: "loopback",
      placeholder: "WHAT",
      group: "What is reachable, and by whom",
      brief: "on 127.0.0.1, too: 5173, uvicorn, node:5173 (root)",
      completes: "port",
      configKey: "loopback",
    },
    parseLoopback,
    (before, choice) => [...before ?? [], choice],
  ),
  gathered(
    "codePorts",
    {
      name: "loopback-code",
      placeholder: "PORTS",
      group: "What is reachable, and by whom",
      brief: "of these, also what runs code for who connects",
      completes: "port",
      isList: true,
      configKey: "loopback_code",
    },
    parsePorts,
    (before, ports) => before?.union(ports) ?? ports,
  ),
];
