/** What processes cost, as /proc tells it. */

/** Ticks of /proc/<pid>/stat in a second: USER_HZ, the same on every machine that WSL runs on (proc(5)). */
const TICKS_PER_S = 100;

/** What a process and those below it have cost so far, and hold now. */
export interface Usage {
  /** CPU time of the process, of its children that have ended and of those below it that live, in milliseconds. */
  readonly cpuMs: number;
  /** Resident memory of the process alone, in MB. */
  readonly ownMb: number;
  /** Resident memory of all, in MB; what they share counts for each. */
  readonly rssMb: number;
  /** The same, what they share divided among those who share it. */
  readonly pssMb: number;
  /** The names of the processes. */
  readonly names: readonly string[];
}

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  readonly ticks: number;
  readonly endedTicks: number;
}

/** Reads what the process with this id, and all below it, cost. */
export function readUsage(pid: number): Usage {
  const family = familyOf(pid, listProcesses());
  const memory = family.map((each) => readMemory(each.pid));
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    cpuMs: sum(family.map(({ ticks, endedTicks }) => ticks + endedTicks)) * 1000 / TICKS_PER_S,
    ownMb: memory[0]?.rssMb ?? 0,
    rssMb: sum(memory.map(({ rssMb }) => rssMb)),
    pssMb: sum(memory.map(({ pssMb }) => pssMb)),
    names: family.map(({ name }) => name),
  };
}

/** Resident memory of one process, in MB. */
export function readOwnMb(pid: number): number {
  return readMemory(pid).rssMb;
}

function familyOf(pid: number, all: readonly Process[]): Process[] {
  const family = all.filter((each) => each.pid === pid);
  for (const { pid: parent } of family) family.push(...all.filter((each) => each.parent === parent));
  return family;
}

function listProcesses(): Process[] {
  return [...Deno.readDirSync("/proc")].filter(({ name }) => /^\d+$/.test(name)).flatMap(({ name }) => {
    let stat: string;
    try {
      stat = Deno.readTextFileSync(`/proc/${name}/stat`);
    } catch {
      return []; // It has ended meanwhile.
    }
    // The name stands in brackets and may hold anything.
    const end = stat.lastIndexOf(")");
    const fields = stat.slice(end + 2).split(" ").map(Number);
    return {
      pid: Number(name),
      parent: fields[1]!,
      name: stat.slice(stat.indexOf("(") + 1, end),
      ticks: fields[11]! + fields[12]!,
      endedTicks: fields[13]! + fields[14]!,
    };
  });
}

function readMemory(pid: number): { rssMb: number; pssMb: number } {
  let text: string;
  try {
    text = Deno.readTextFileSync(`/proc/${pid}/smaps_rollup`);
  } catch {
    return { rssMb: 0, pssMb: 0 };
  }
  const readMb = (field: string) =>
    Number(new RegExp(`^${field}: +(\\d+) kB$`, "m").exec(text)?.[1] ?? 0) / 1024;
  return { rssMb: readMb("Rss"), pssMb: readMb("Pss") };
}
