import { deepStrictEqual as equal, ok } from "node:assert/strict";
import { renderCompletions } from "../../../src/cli/complete/completions.ts";
import { printOffer } from "../../../src/cli/complete/offer.ts";
import { Output } from "../../../src/cli/screen/output.ts";
import { Tmux } from "./tmux.ts";

/** What stands for wslfwd: it says what listens, as `wslfwd __offer` does, and a name that no shell may run. */
const STUB = `#!/bin/sh
case $2 in
  port) printf '3000\\tnode\\n3001\\tvite\\n5432\\tpostgres\\n' ;;
  program) printf 'node\\t3000\\nnginx\\t80\\n' ;;
esac
`;

/** Runs a shell in a folder of its own in which `wslfwd` is the stub, with the completions in `completions`. */
async function runShell(
  shell: "bash" | "fish",
  args: (folder: string) => readonly string[],
): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    await writeStub(folder, shell);
    const { code, stdout, stderr } = await new Deno.Command(`/usr/bin/${shell}`, {
      args: [...args(folder)],
      cwd: folder,
      env: { PATH: `${folder}:/usr/bin:/bin`, HOME: folder, TERM: "dumb" },
    }).output();
    equal(code, 0, new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout).trim();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function writeStub(folder: string, shell: "bash" | "zsh" | "fish"): Promise<void> {
  await Deno.writeTextFile(`${folder}/wslfwd`, STUB, { mode: 0o755 });
  await Deno.writeTextFile(`${folder}/completions`, renderCompletions(shell));
}

/** Runs bash with the completions loaded. Gives what it prints. */
function runBash(script: string, ...args: string[]): Promise<string> {
  return runShell("bash", () => ["--norc", "-c", `source ./completions\n${script}`, "bash", ...args]);
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
  [["wslfwd", "completions", ""], ["bash", "zsh", "fish"]],
  [["wslfwd", "status", "--"], ["--json", "--help"]],
  [["wslfwd", "why", ""], ["3000  (node)", "3001  (vite)", "5432  (postgres)"]],
  [["wslfwd", "why", "54"], ["5432"]],
  [["wslfwd", "30"], ["3000  (node)", "3001  (vite)"]],
  [["wslfwd", "--only", "3000,5"], ["3000,5432"]],
  [["wslfwd", "--profile", "private,p"], ["private,private", "private,public"]],
  [["wslfwd", "--allow", "n"], ["node  (3000)", "nginx  (80)"]],
  [["wslfwd", "autostart", ""], ["enable", "disable", "status"]],
  [["wslfwd", "--json", "stat"], [""]],
];

for (const [words, offered] of OFFERED) {
  Deno.test(`the bash completions offer ${offered.join(" ") || "nothing"} for ${words.join(" ")}`, async () => {
    const lines = (await runBash(COMPLETE, ...words)).split("\n");
    // passwd's backup copies are there on some machines.
    equal(lines.filter((line) => !line.startsWith("/etc/passwd-")), offered);
  });
}

Deno.test("the bash completions run nothing of what is offered to them", async () => {
  const script = `printf '%s\\n' '#!/bin/sh' "printf '%s' '\\$(>pwned)'" >wslfwd
set -- wslfwd --allow ''
${COMPLETE}
ls`;
  ok(!(await runBash(script)).includes("pwned\n"));
});

/** What is typed, and the first words of the lines that fish offers. */
const FISH: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ["wslfwd why ", ["3000\tnode", "3001\tvite", "5432\tpostgres"]],
  ["wslfwd 30", ["3000\tnode", "3001\tvite"]],
  ["wslfwd --allow ", ["nginx\t80", "node\t3000"]],
  ["wslfwd --only 3000,5", ["3000,5432"]],
  ["wslfwd --profile private,p", ["private,private", "private,public"]],
  ["wslfwd autostart ", ["disable", "enable", "status"]],
  ["wslfwd stat", ["status\twhat the running wslfwd does, and what Windows holds"]],
];

for (const [line, offered] of FISH) {
  Deno.test({
    name: `the fish completions offer ${offered.length} words for ${line}`,
    ignore: !isThere("fish"),
    fn: async () => {
      const lines = (await runShell("fish", () => ["-c", `source ./completions; complete -C '${line}'`]))
        .split("\n");
      equal(
        lines.map((one, index) => offered[index]?.includes("\t") === true ? one : one.split("\t")[0]),
        offered,
      );
    },
  });
}

Deno.test({
  name: "the zsh completions offer what listens, values behind commas, and commands",
  ignore: !isThere("zsh") || !isThere("tmux"),
  fn: async () => {
    const folder = await Deno.makeTempDir();
    await using terminal = await Tmux.open(100, 24);
    try {
      await writeStub(folder, "zsh");
      await Deno.writeTextFile(
        `${folder}/.zshrc`,
        "PS1='> '; autoload -U compinit; compinit -u -D; source ~/completions",
      );
      await terminal.type(
        `clear; HOME=${folder} ZDOTDIR=${folder} PATH=${folder}:/usr/bin:/bin exec zsh -d -i`,
      );
      await terminal.waitFor((lines) => lines.at(-1) === ">");
      const tab = async (line: string, isThere: (lines: string[]) => boolean) => {
        await terminal.press("C-u");
        await terminal.typeOnly(line);
        await terminal.press("Tab");
        await terminal.waitFor(isThere);
      };
      await tab(
        "wslfwd why ",
        (lines) => /^3000 +-- node/m.test(lines.join("\n")) && lines.join().includes("5432"),
      );
      await tab("wslfwd why 54", (lines) => lines.some((line) => line.startsWith("> wslfwd why 5432")));
      await tab(
        "wslfwd --allow ng",
        (lines) => lines.some((line) => line.startsWith("> wslfwd --allow nginx")),
      );
      await tab(
        "wslfwd --profile private,pu",
        (lines) => lines.some((line) => line.includes("private,public")),
      );
      await tab("wslfwd autost", (lines) => lines.some((line) => line.startsWith("> wslfwd autostart")));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("__offer says what listens here, and no name that a shell might run", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const lines: string[] = [];
  const output = new Output({
    writeSync: (bytes) => (lines.push(new TextDecoder().decode(bytes)), bytes.length),
  });
  equal(await printOffer("port", output), 0);
  ok(lines.includes(`${listener.addr.port}\tdeno\n`), lines.join(""));
  ok(lines.every((line) => /^\d+\t[A-Za-z0-9_.+ -]*\n$/.test(line)));
});

function isThere(program: string): boolean {
  try {
    return Deno.statSync(`/usr/bin/${program}`).isFile;
  } catch {
    return false;
  }
}
