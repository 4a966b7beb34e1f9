/** Shows the sample table until Ctrl-C, and ends then as its argument says: `close`, `exit` or `throw`. */
import { renderTable } from "../../../src/cli/screen/table/render_table.ts";
import { openTerminal } from "../../../src/cli/screen/terminal/terminal.ts";
import { TerminalScreen } from "../../../src/cli/screen/terminal/terminal_screen.ts";
import { HOME, NOON_MS, VIEW } from "./samples.ts";

const screen = new TerminalScreen(openTerminal());
const { promise: interrupted, resolve } = Promise.withResolvers<void>();
Deno.addSignalListener("SIGINT", resolve);
screen.show((size) => renderTable(VIEW, { ...size, color: true, nowMs: NOON_MS, home: HOME }));
await interrupted;
if (Deno.args[0] === "exit") Deno.exit(0);
if (Deno.args[0] === "throw") throw new Error("nobody catches this");
await screen.close();
Deno.exit(0);
