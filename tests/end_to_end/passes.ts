/** The kinds of passes that wslfwd makes, each set up so that a test can stop it at every line of its netsh script. */
import { GUEST_ADDRESS, type GuestServer } from "../simulated/guest.ts";
import type { Lab } from "../simulated/lab.ts";
import type { RunningProgram } from "../simulated/running_program.ts";
import { startForwarder } from "./forwarder.ts";
import { entryLine, forwardings, type ForwardOptions, waitForHoldings } from "./holdings.ts";

/** Where the guest is after it has moved. */
export const NEW_ADDRESS = "172.23.21.99";

/** What somebody else made: it must be there at the end as it was at the start. */
const FOREIGN = {
  listenAddress: "0.0.0.0",
  listenPort: "9000",
  connectAddress: "10.1.2.3",
  connectPort: "80",
};
const FOREIGN_LINES = [
  entryLine(FOREIGN),
  "rule in allow tcp 3000 profiles domain,private,public from any: mine",
];

/** A guest and its Windows before a pass. */
export interface World {
  /** Where everything is. */
  readonly lab: Lab;
  /** What listens in the guest, by port. */
  readonly servers: Map<number, GuestServer>;
  /** The wslfwd that runs before the pass; null where the pass is its first. */
  program: RunningProgram | null;
}

/** One kind of pass. */
export interface Pass {
  /** What it does. */
  readonly name: string;
  /** Whether Windows has IPv6, so that each port has two entries. */
  readonly hasIpv6: boolean;
  /** How many lines its script has. */
  readonly lines: number;
  /** Whether it is the first pass of a wslfwd, which reads by netsh before it. */
  readonly isFirst: boolean;
  /** The arguments of the wslfwd that makes it. */
  readonly args: readonly string[];
  /** What listens before it. */
  readonly ports: readonly number[];
  /** Does what has to be done before it. */
  prepare(world: World): Promise<void>;
  /** Has it begin; not called where it is the first. */
  begin(world: World): Promise<void>;
  /** What listens after it. */
  readonly portsAfter: readonly number[];
  /** The guest's address after it. */
  readonly addressAfter: string;
  /** What Windows holds of wslfwd after it, and after a restart. */
  readonly wanted: readonly string[];
}

const QUICK = ["--interval", "0.05", "--linger", "0"];
const nothing = () => Promise.resolve();
const usual = { isFirst: false, args: QUICK, prepare: nothing, begin: nothing, addressAfter: GUEST_ADDRESS };

/** The tables before and after, which each script shows. */
const SHOWN = 2;

/** All of them, on a Windows with IPv6 or without. */
export function listPasses(hasIpv6: boolean): readonly Pass[] {
  const entries = hasIpv6 ? 2 : 1;
  const held = (ports: readonly number[], options: ForwardOptions = {}) =>
    forwardings(ports, { ...options, hasIpv6 });
  const passes: readonly Omit<Pass, "hasIpv6">[] = [
    {
      ...usual,
      name: "makes two rules",
      lines: SHOWN + 2 * (1 + entries),
      isFirst: true,
      ports: [3000, 3001],
      portsAfter: [3000, 3001],
      wanted: held([3000, 3001]),
    },
    {
      ...usual,
      name: "removes a rule",
      lines: SHOWN + entries + 1,
      ports: [3000, 3001],
      begin: async ({ servers }) => void await servers.get(3000)!.close(),
      portsAfter: [3001],
      wanted: held([3001]),
    },
    {
      ...usual,
      name: "moves a rule to the guest's new address",
      lines: SHOWN + 2 * (1 + entries),
      ports: [3000],
      begin: ({ lab }) => moveGuest(lab),
      portsAfter: [3000],
      addressAfter: NEW_ADDRESS,
      wanted: held([3000], { to: NEW_ADDRESS }),
    },
    {
      ...usual,
      name: "changes who is let in",
      lines: SHOWN + 2,
      isFirst: true,
      args: [...QUICK, "--profile", "private"],
      ports: [3000],
      prepare: async ({ lab }) => void await lab.wslfwd(["--mode", "manual"]).exit,
      portsAfter: [3000],
      wanted: held([3000], { profiles: "private" }),
    },
    {
      ...usual,
      name: "takes over one rule, removes another and makes a third",
      lines: SHOWN + 2 * (1 + entries),
      isFirst: true,
      ports: [3000, 3001],
      prepare: async ({ lab, servers }) => {
        await lab.wslfwd(["--mode", "manual"]).exit;
        await servers.get(3001)!.close();
        servers.set(3002, await lab.guest.listen(3002));
      },
      portsAfter: [3000, 3002],
      wanted: held([3000, 3002]),
    },
  ];
  return passes.map((pass) => ({ ...pass, hasIpv6 }));
}

/** Sets up what is there before a pass. */
export async function prepareWorld(lab: Lab, pass: Pass): Promise<World> {
  await lab.windows.putEntry(FOREIGN);
  await lab.windows.addRule({ name: "mine", localPorts: [{ first: 3000, last: 3000 }] });
  const servers = new Map<number, GuestServer>();
  for (const port of pass.ports) servers.set(port, await lab.guest.listen(port));
  const world: World = { lab, servers, program: null };
  await pass.prepare(world);
  if (pass.isFirst) return world;
  world.program = await startForwarder(lab, pass.args);
  await waitForOurs(lab, forwardings(pass.ports, { hasIpv6: pass.hasIpv6 }));
  return world;
}

/** Lets the pass begin and stops it before a line of its script, 1 for the first. Returns the wslfwd that makes it. */
export async function stopAtLine(world: World, pass: Pass, line: number): Promise<RunningProgram> {
  const { lab } = world;
  // What it reads at its start are three lines of netsh.
  const nth = pass.isFirst ? 3 + line : line;
  await lab.windows.addFault({ program: "netsh.exe", kind: "hang", at: "line", nth });
  if (pass.isFirst) world.program = lab.wslfwd(["--json", "--realtime=off", ...pass.args]);
  else await pass.begin(world);
  const { hanging } = await lab.windows.waitFor((state) => state.hanging.length > 0);
  const call = (await lab.windows.calls()).find(({ id }) => id === hanging[0])!;
  if (call.script?.length !== pass.lines) throw new Error(`Another script than expected: ${call.script}`);
  return world.program!;
}

/** Gives the guest {@link NEW_ADDRESS} in place of its usual one. */
export async function moveGuest(lab: Lab): Promise<void> {
  await lab.guest.addAddress(NEW_ADDRESS);
  await lab.guest.removeAddress(GUEST_ADDRESS);
}

/** Resolves when Windows holds what others made, unharmed, and of wslfwd exactly this. */
export async function waitForOurs(lab: Lab, wanted: readonly string[], timeoutMs?: number): Promise<void> {
  await waitForHoldings(lab, [...FOREIGN_LINES, ...wanted], timeoutMs);
}
