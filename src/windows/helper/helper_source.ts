/** The helper's source, as it is compiled on the user's machine. Each file has its `using` lines inside its namespace. */
import commands from "../../../helper/commands.cs" with { type: "text" };
import program from "../../../helper/program.cs" with { type: "text" };
import protocol from "../../../helper/protocol.cs" with { type: "text" };
import realWindows from "../../../helper/real_windows.cs" with { type: "text" };
import rules from "../../../helper/rules.cs" with { type: "text" };
import session from "../../../helper/session.cs" with { type: "text" };
import sessions from "../../../helper/sessions.cs" with { type: "text" };
import udpPort from "../../../helper/udp_port.cs" with { type: "text" };
import udpSockets from "../../../helper/udp_sockets.cs" with { type: "text" };
import watch from "../../../helper/watch.cs" with { type: "text" };
import windows from "../../../helper/windows.cs" with { type: "text" };

/** All of it in one file, which saves a look at the drive for each. ASCII, so that no code page matters. */
export const HELPER_SOURCE: string = [
  ...[program, protocol, commands, udpPort, session, sessions, udpSockets],
  ...[windows, realWindows, rules, watch],
]
  .join(
    "\n",
  );
