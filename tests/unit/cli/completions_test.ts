import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { renderCompletions } from "../../../src/cli/complete/completions.ts";

/** Runs bash with the completions loaded, in a folder of its own. Gives what it prints. */
async function runBash(script: string, ...args: string[]): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    const { code, stdout, stderr } = await new Deno.Command("/bin/bash", {
      args: ["--norc", "-c", `${renderCompletions("bash")}\n${script}`, "bash", ...args],
      cwd: folder,
    }).output();
    equal(code, 0, new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout).trim();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

// compopt fails where readline does not run the function; what it would have changed is how a file name is quoted.
const COMPLETE = `compopt() { :; }
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _wslfwd; printf '%s\\n' "\${COMPREPLY[@]}"`;

/** What stands before the cursor, as readline splits it, and what is offered. */
const OFFERED: readonly (readonly [words: readonly string[], offered: readonly string[]])[] = [
  [["wslfwd", "stat"], ["status"]],
  [["wslfwd", "man"], ["man"]],
  [["wslfwd", "--mo"], ["--mode"]],
  [["wslfwd", "--mode", ""], ["auto", "manual"]],
  [["wslfwd", "--mode", "=", "au"], ["auto"]],
  [["wslfwd", "--mode", "="], ["auto", "manual"]],
  [["wslfwd", "--realtime", "=", "b"], ["bpftrace", "builtin"]],
  [["wslfwd", "--realtime", "--js"], ["--json"]],
  [["wslfwd", "--interval", ""], [""]],
  [["wslfwd", "--config", "/etc/passw"], ["/etc/passwd"]],
  [["wslfwd", "completions", ""], ["bash", "zsh", "fish", "--help", "--version"]],
  [["wslfwd", "status", "--"], ["--json", "--help", "--version"]],
  [["wslfwd", "--json", "stat"], [""]],
];

for (const [words, offered] of OFFERED) {
  Deno.test(`the bash completions offer ${offered.join(" ") || "nothing"} for ${words.join(" ")}`, async () => {
    const lines = (await runBash(COMPLETE, ...words)).split("\n");
    // passwd's backup copies are there on some machines.
    equal(lines.filter((line) => !line.startsWith("/etc/passwd-")), offered);
  });
}

Deno.test("the bash completions offer running programs, and run none of their names", async () => {
  const script = `(printf '$(>pwned)' > /proc/$BASHPID/comm; sleep 60 & wait) & hostile=$!
(printf 'plain-name' > /proc/$BASHPID/comm; sleep 60 & wait) & plain=$!
until [[ $(cat /proc/$hostile/comm) == '$(>pwned)' && $(cat /proc/$plain/comm) == plain-name ]]; do :; done
set -- wslfwd --allow ''
${COMPLETE}
kill $(cat /proc/$hostile/task/*/children /proc/$plain/task/*/children); wait
ls`;
  const lines = (await runBash(script)).split("\n");
  ok(lines.includes("plain-name"), lines.join("\n"));
  ok(!lines.includes("pwned"), lines.join("\n"));
  ok(lines.every((line) => !line.includes("$")), lines.join("\n"));
});
