import { readFile, readdir } from 'node:fs/promises';

/** What the living processes of a group have done so far. */
export interface GroupActivity {
  /**
   * CPU time in clock ticks plus, for the finest sign of life, the nanoseconds of their main threads, and the pages that
   * they were given. Only good for telling whether it changed.
   */
  readonly done: number;
  /** Whether one waits for a processor or for a disk now: it is held up by the machine, and does not hang. */
  readonly isHeldUp: boolean;
}

/** What the processes of a group do; null where there is no /proc. */
export async function groupActivity(group: number): Promise<GroupActivity | null> {
  let isHeldUp = false;
  const done = await totalOver(group, async (pid, fields) => {
    isHeldUp ||= fields[0] === 'R' || fields[0] === 'D';
    const scheduled = await readFile(`/proc/${pid}/schedstat`, 'utf8');
    const faults = Number(fields[7]) + Number(fields[9]);
    return Number(fields[11]) + Number(fields[12]) + Number(scheduled.split(' ')[0]) / 1e9 + faults;
  });
  return done === null ? null : { done, isHeldUp };
}

/** Bytes of memory in which the living processes of a group reside; null where there is no /proc. */
export async function groupMemory(group: number): Promise<number | null> {
  return totalOver(group, async (pid) => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  });
}

/** A living process: what `/proc/<pid>/stat` says after the program's name. */
interface SeenProcess {
  readonly pid: number;
  readonly fields: readonly string[];
}

// Sums over the processes of a group, and those that they started and that left it, but for the group's leader: that is
// the supervisor, which does nothing of its own.
async function totalOver(
  group: number,
  amount: (pid: number, fields: readonly string[]) => Promise<number>,
): Promise<number | null> {
  let entries: readonly string[];
  try {
    entries = await readdir('/proc');
  } catch {
    return null;
  }
  const seen: SeenProcess[] = [];
  for (const entry of entries) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = await readFile(`/proc/${entry}/stat`, 'utf8');
      // The program's name, in parentheses, may hold spaces.
      seen.push({ pid: Number(entry), fields: stat.slice(stat.lastIndexOf(')') + 2).split(' ') });
    } catch {
      // The process has ended meanwhile, or the system does not let us read it.
    }
  }
  let total = 0;
  for (const { pid, fields } of belowOrIn(group, seen)) {
    try {
      total += await amount(pid, fields);
    } catch {
      // As above.
    }
  }
  return total;
}

function belowOrIn(group: number, all: readonly SeenProcess[]): readonly SeenProcess[] {
  const parents = new Map(all.map(({ pid, fields }) => [pid, Number(fields[1])]));
  const isBelow = (pid: number): boolean => {
    for (let each = parents.get(pid); each !== undefined && each > 1; each = parents.get(each))
      if (each === group) return true;
    return false;
  };
  return all.filter(({ pid, fields }) => pid !== group && (Number(fields[2]) === group || isBelow(pid)));
}

/**
 * How often the kernel has killed for lack of memory in the control group of a process; null when it cannot be read.
 */
export async function memoryKills(pid: number | 'self'): Promise<number | null> {
  let groups: string;
  try {
    groups = await readFile(`/proc/${pid}/cgroup`, 'utf8');
  } catch {
    return null;
  }
  for (const line of groups.split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    if (controllers === undefined || path === undefined) continue;
    const file =
      controllers === ''
        ? `/sys/fs/cgroup${path}/memory.events`
        : controllers.split(',').includes('memory')
          ? `/sys/fs/cgroup/memory${path}/memory.oom_control`
          : null;
    if (file === null) continue;
    try {
      const match = /^oom_kill (\d+)$/m.exec(await readFile(file, 'utf8'));
      if (match?.[1] !== undefined) return Number(match[1]);
    } catch {
      // Not mounted here, or mounted elsewhere: try the other hierarchy.
    }
  }
  return null;
}
