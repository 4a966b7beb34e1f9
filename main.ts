import { runMain } from "./src/cli/run_main.ts";

if (import.meta.main) Deno.exit(await runMain(Deno.args));
