/** The public host's workflow: what it runs is there. What the host makes of it cannot be tried here. */
import { equal, match, ok } from "node:assert/strict";
import manifest from "../../deno.json" with { type: "json" };
import { REPOSITORY } from "../../scripts/build/tool.ts";

const TEXT = Deno.readTextFileSync(new URL(".github/workflows/wslfwd.yml", REPOSITORY));

Deno.test("each task and script that the workflow runs is there, by the one version of Deno", () => {
  const tasks = [...TEXT.matchAll(/deno@(\S+) task (\S+)/g)];
  ok(tasks.length > 0);
  for (const [, , task] of tasks) ok(Object.hasOwn(manifest.tasks, task!), task);
  for (const [script] of TEXT.matchAll(/\b(?:scripts|\.ci)\/[\w./-]+/g)) {
    ok(Deno.statSync(new URL(script, REPOSITORY)).isFile, script);
  }
  const run = Deno.readTextFileSync(new URL(".ci/run", REPOSITORY));
  const versions = new Set([...(TEXT + run).matchAll(/deno@([\d.]+)/g)].map(([, version]) => version));
  equal(versions.size, 1);
});

Deno.test("the workflow is YAML of the kind that is meant: two blanks a level, no tabs, each job with a limit", () => {
  ok(!TEXT.includes("\t"));
  const jobs = TEXT.slice(TEXT.indexOf("\njobs:\n")).split(/^ {2}(?=[a-z]+:$)/m).slice(1);
  equal(jobs.length, 5);
  for (const job of jobs) {
    match(job, /^ {4}runs-on: \S/m, job.split("\n")[0]!);
    match(job, /^ {4}timeout-minutes: \d+$/m, job.split("\n")[0]!);
    match(job, /^ {4}steps:$/m, job.split("\n")[0]!);
  }
});
