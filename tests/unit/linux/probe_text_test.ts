import { deepStrictEqual as equal, match, ok } from "node:assert/strict";
import fullProbe from "../../../bpf/bind_watch.bt" with { type: "text" };
import udpProbe from "../../../bpf/bind_watch_udp.bt" with { type: "text" };
import minimalProbe from "../../../bpf/bind_watch_min.bt" with { type: "text" };

/** The program without its comments. */
function code(probe: string): string {
  return probe.replaceAll(/\/\*[^]*?\*\//g, "").replaceAll(/\/\/.*$/gm, "");
}

const PROBES = { "bind_watch.bt": code(fullProbe), "bind_watch_min.bt": code(minimalProbe) };

/** What a version of bpftrace that people have refuses, or gets wrong. */
const FORBIDDEN: readonly (readonly [string, RegExp])[] = [
  ["BEGIN and END: Ubuntu 22.04's 0.14 is stripped and finds no symbol for them", /\b(BEGIN|END)\b/i],
  ["args.x: only from 0.19", /\bargs\s*\./],
  ["a condition between values: 0.23 fails the verifier where they are texts", /\?/],
  ["maps: they are printed at the end, among the lines", /@/],
  ["comm: it may hold tabs and newlines; through buf() it cannot", /(?<!->)\bcomm\b/],
  ["pid and tid: of another PID namespace, or 0 with a warning in 0.23", /\b[pt]id\b/],
  [
    "kprobes, kfuncs and fentry: kernels without KPROBES",
    /\b(kprobe|kretprobe|kfunc|kretfunc|fentry|fexit):/,
  ],
  ["system call tracepoints: they slow every call, and miss io_uring", /tracepoint:(syscalls|raw_syscalls):/],
  ["includes and macros: no kernel headers", /^\s*#/m],
  ["str() and join(): they cut or print lines of their own", /\b(str|join|print|cat|system|time|strftime)\(/],
  ["loops: from 5.3 and some versions only", /\b(while|unroll|for)\b/],
  ["let and typed variables: from 0.21", /\blet\b/],
  ["config blocks: from 0.20", /\bconfig\b/],
];

/** What is run for UDP alone may watch one system call, of which it says what that costs. */
const UDP_PROBE = code(udpProbe);

for (const [name, text] of Object.entries({ ...PROBES, "bind_watch_udp.bt": UDP_PROBE })) {
  for (const [reason, construct] of FORBIDDEN) {
    if (text === UDP_PROBE && construct.test("tracepoint:syscalls:")) continue;
    Deno.test(`${name} does without ${reason}`, () => ok(!construct.test(text), construct.exec(text)?.[0]));
  }
}

Deno.test("bind_watch_udp.bt attaches to the end of bind(2) and its heartbeat alone, and is told where it succeeded", () => {
  equal([...UDP_PROBE.matchAll(/^[a-z]+:\w+:\w+/gm)].map(([probe]) => probe), [
    "tracepoint:syscalls:sys_exit_bind",
    "interval:s:1",
  ]);
  match(UDP_PROBE, /sys_exit_bind\s*\/args->ret == 0\/\s*\{/);
});

for (const [name, text] of Object.entries(PROBES)) {
  Deno.test(`${name} passes no accepted connection: a change from LISTEN must lead to CLOSE`, () => {
    const filter = /tracepoint:sock:inet_sock_set_state\s*\/([^]*?)\/\s*\{/.exec(text)?.[1]?.replaceAll(
      /\s+/g,
      " ",
    );
    equal(
      filter,
      "args->protocol == 6 && ((args->newstate == 10 && args->oldstate != 10) || (args->oldstate == 10 && args->newstate == 7))",
    );
  });

  Deno.test(`${name} beats once a second, and attaches nothing else`, () => {
    match(text, /interval:s:1\s*\{\s*printf\("H\\n"\);\s*\}/);
    equal([...text.matchAll(/^\s*([a-z]+):\w+/gm)].map(([, kind]) => kind), ["tracepoint", "interval"]);
  });

  Deno.test(`${name} begins each line with a letter and ends it with a newline`, () => {
    for (const [, format] of text.matchAll(/printf\("([^"]*)"/g)) match(format!, /^(L\\t10|[LMH])[^]*\\n$/);
  });
}

Deno.test("bind_watch.bt prints the name last, as bytes", () => {
  for (const [, format] of PROBES["bind_watch.bt"].matchAll(/printf\("(L[^"]*)"/g)) match(format!, /%r\\n$/);
});

Deno.test("bind_watch_min.bt reads nothing but its arguments", () => {
  ok(
    !/struct|curtask|\$|->(?!newstate|oldstate|protocol|family|saddr|saddr_v6|sport)/.test(
      PROBES["bind_watch_min.bt"],
    ),
  );
});
