import { deepStrictEqual as equal, match } from "node:assert/strict";
import { lacks } from "../needs.ts";
import { GateLab } from "./gate_lab.ts";

const ignore = lacks("root");
const withRights = (rights: string) => ["setpriv", "--inh-caps=-all", `--bounding-set=${rights}`];

Deno.test(
  "EbpfGate needs CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON, and nothing else of root",
  { ignore },
  async () => {
    await using lab = await GateLab.start();
    await lab.guest.listen("a 4 127.0.0.1 5173");
    {
      await using gate = await lab.gate({}, withRights("-all,+bpf,+net_admin,+perfmon"));
      equal((await gate.set([5173])).open, [5173]);
      equal(await lab.reach(5173), "open");
    }
    const cases = [
      ["-all", "CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON"],
      ["-all,+bpf,+perfmon", "CAP_NET_ADMIN"],
      ["-all,+bpf,+net_admin", "CAP_PERFMON"],
      ["-all,+net_admin,+perfmon", "CAP_BPF"],
    ] as const;
    for (const [rights, missing] of cases) {
      await using gate = await lab.gate({}, withRights(rights));
      const { open, refusal } = await gate.set([5173]);
      equal([open, refusal?.remedy], [[], "sudo wslfwd"], rights);
      match(refusal!.message, new RegExp(`^that takes root \\(${missing}; .*: EPERM\\)$`));
      equal(await lab.reach(5173), "refused");
    }
  },
);

Deno.test("EbpfGate says that root of a user namespace is not root", { ignore }, async () => {
  await using lab = await GateLab.start();
  await lab.guest.listen("a 4 127.0.0.1 5173");
  await using gate = await lab.gate({}, ["unshare", "--user", "--map-root-user"]);
  const { open, refusal } = await gate.set([5173]);
  equal([open, refusal?.remedy], [[], null]);
  match(refusal!.message, /: EPERM; root of a container or user namespace/);
});

Deno.test("EbpfGate says that a kernel without BTF cannot", { ignore }, async () => {
  await using lab = await GateLab.start();
  await lab.guest.listen("a 4 127.0.0.1 5173");
  await using gate = await lab.gate({ btfPath: "/does/not/exist" });
  const { open, refusal, descriptors } = await gate.set([5173]);
  const message = "this kernel does not describe its types (no BTF)";
  equal([open, refusal], [[], { message, remedy: "wsl.exe --update" }]);
  equal(descriptors, 0, "nothing is kept of a refusal");
});

Deno.test("EbpfGate does nothing where nothing is wanted", { ignore }, async () => {
  await using lab = await GateLab.start();
  await using gate = await lab.gate({}, withRights("-all"));
  const { open, refusal, checksInterface } = await gate.set([]);
  equal([open, refusal, checksInterface], [[], null, null]);
});

Deno.test(
  "examineGate finds that the gate can be had, and programs of others beside ours",
  { ignore },
  async () => {
    await using lab = await GateLab.start();
    await using gate = await lab.gate();
    await lab.guest.listen("a 4 127.0.0.1 5173");
    await gate.set([5173]);
    equal(await lab.examine(), { refusal: null, others: [] });
    await using _other = await lab.otherLookup("somebody_else");
    equal(await lab.examine(), { refusal: null, others: ["somebody_else"] });
    equal(await lab.reach(5173), "open", "it names no socket");
  },
);
