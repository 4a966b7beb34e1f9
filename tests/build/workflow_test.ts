/**
 * The public host's workflow: its form, that what it runs is there, and that each shell can read its part. What the host makes
 * of it cannot be tried here.
 */
import { deepStrictEqual as same, equal, match, ok } from "node:assert/strict";
import { parse, parseAllDocuments } from "yaml";
import manifest from "../../deno.json" with { type: "json" };
import { REPOSITORY } from "../../scripts/build/tool.ts";
import { runCommand } from "../../src/process/command.ts";
import { lacksProgram } from "./lacks_program.ts";

/** A step, as far as it is looked at. */
interface Step {
  readonly run?: string;
  readonly uses?: string;
  readonly if?: string;
  readonly with?: Readonly<Record<string, string | number>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** A job. */
interface Job {
  readonly "runs-on": string;
  readonly "timeout-minutes": number;
  readonly needs?: string | readonly string[];
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly string[]>> };
  readonly defaults?: { readonly run: { readonly shell: string } };
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
}

const TEXT = Deno.readTextFileSync(new URL(".github/workflows/wslfwd.yml", REPOSITORY));
const WORKFLOW = parse(TEXT) as {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
};
const JOBS = Object.entries(WORKFLOW.jobs);

/** What a step or a job may have: a key that is written wrong would be passed over, or refused by the host alone. */
const JOB_KEYS = "runs-on timeout-minutes needs strategy defaults permissions steps env if".split(" ");
const STEP_KEYS = "name run uses if with env".split(" ");

/** What is used of others, and what each of it is given. */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  "actions/checkout@v4": ["fetch-depth"],
  "actions/setup-node@v4": ["node-version"],
  "actions/upload-artifact@v4": ["name", "path", "if-no-files-found"],
  "actions/download-artifact@v4": ["name", "path"],
};

function needsOf({ needs = [] }: Job): readonly string[] {
  return typeof needs === "string" ? [needs] : needs;
}

/** The shell text of a step with words in place of the host's expressions. */
function plain(run: string): string {
  return run.replace(/\$\{\{[^}]*\}\}/g, "expression");
}

Deno.test("each task and script that the workflow runs is there, by the one version of Deno", () => {
  const tasks = [...TEXT.matchAll(/deno@(\S+) task (\S+)/g)];
  ok(tasks.length > 0);
  for (const [, , task] of tasks) ok(Object.hasOwn(manifest.tasks, task!), task);
  for (const [script] of TEXT.matchAll(/\b(?:scripts|\.ci)\/[\w./-]+/g)) {
    ok(Deno.statSync(new URL(script, REPOSITORY)).isFile, script);
  }
  const run = Deno.readTextFileSync(new URL(".ci/run", REPOSITORY));
  for (const [, task] of run.matchAll(/^deno task (\S+)/gm)) ok(Object.hasOwn(manifest.tasks, task!), task);
  const versions = new Set([...(TEXT + run).matchAll(/deno@([\d.]+)/g)].map(([, version]) => version));
  equal(versions.size, 1);
});

Deno.test("the workflow is YAML without a doubt, and each job has a limit and keys that there are", () => {
  for (const { errors, warnings } of parseAllDocuments(TEXT)) same([errors, warnings], [[], []]);
  same(JOBS.map(([name]) => name), ["check", "built", "windows", "wsl", "release"]);
  same(WORKFLOW.permissions, { contents: "read" }, "no job may write but the one that releases");
  for (const [name, job] of JOBS) {
    same(Object.keys(job).filter((key) => !JOB_KEYS.includes(key)), [], name);
    ok(job["timeout-minutes"] <= 60, name);
    equal(job.permissions === undefined, name !== "release", name);
    for (const needed of needsOf(job)) ok(Object.hasOwn(WORKFLOW.jobs, needed), `${name} needs ${needed}`);
    match(
      job["runs-on"].replace("${{ matrix.os }}", job.strategy?.matrix.os?.[0] ?? "none"),
      /^(ubuntu-24\.04|windows-20\d\d)$/,
    );
    for (const step of job.steps) {
      same(Object.keys(step).filter((key) => !STEP_KEYS.includes(key)), [], name);
      equal(step.run === undefined, step.uses !== undefined, `${name}: a step runs or uses`);
      if (step.uses === undefined) continue;
      const inputs = ACTIONS[step.uses];
      ok(inputs !== undefined, step.uses);
      for (const input of Object.keys(step.with ?? {})) ok(inputs.includes(input), `${step.uses}: ${input}`);
    }
  }
});

Deno.test("the facts are tried on two versions of Windows, and every transcript is kept, also of what failed", () => {
  equal(WORKFLOW.jobs.windows!.strategy!.matrix.os!.length, 2);
  for (const name of ["windows", "wsl"]) {
    const { steps } = WORKFLOW.jobs[name]!, runs = steps.map(({ run }) => run ?? "").join("\n");
    const uploads = steps.filter(({ uses }) => uses === "actions/upload-artifact@v4");
    equal(uploads.length, name === "wsl" ? 2 : 1);
    for (const upload of uploads) {
      equal(upload.if, "always()");
      ok(runs.includes(`${upload.with!.path}`), `${name} writes ${upload.with!.path}`);
    }
  }
});

Deno.test("what a job downloads is uploaded by one that it waits for", () => {
  for (const [name, job] of JOBS) {
    for (const { uses, with: inputs } of job.steps) {
      if (!uses?.startsWith("actions/download-artifact@")) continue;
      const isThere = needsOf(job).some((needed) =>
        WORKFLOW.jobs[needed]!.steps.some((step) =>
          step.uses?.startsWith("actions/upload-artifact@") && step.with?.name === inputs?.name
        )
      );
      ok(isThere, `${name}: ${inputs?.name}`);
    }
  }
});

Deno.test({
  name: "shellcheck has nothing to say of what runs on Linux",
  ignore: lacksProgram("/usr/bin/shellcheck", "shellcheck"),
  fn: async () => {
    const folder = await Deno.makeTempDir();
    try {
      for (const [name, job] of JOBS) {
        if (!job["runs-on"].startsWith("ubuntu")) continue;
        for (const { run } of job.steps.filter(({ run }) => run !== undefined)) {
          await Deno.writeTextFile(`${folder}/run.sh`, `#!/bin/bash\n${plain(run!)}\n`);
          const { stdout } = await runCommand(
            "/usr/bin/shellcheck",
            ["--exclude=SC2046", `${folder}/run.sh`],
            {
              timeoutMs: 60_000,
            },
          );
          equal(new TextDecoder().decode(stdout), "", `${name}: ${run}`);
        }
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** Without PowerShell here, only what needs no PowerShell to be read: a program and words, into a file at most. */
Deno.test("what runs on Windows is one program a line, which PowerShell, cmd and a reader take alike", () => {
  for (const [name, job] of JOBS) {
    if (job["runs-on"].startsWith("ubuntu")) continue;
    for (const { run } of job.steps) {
      if (run !== undefined) {
        match(plain(run), /^(wsl|npx)( [\w@./:-]+)+( 2>&1 \| Tee-Object [\w.]+)?$/, name);
      }
    }
  }
});
