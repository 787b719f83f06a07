import { readFile, readdir } from 'node:fs/promises';

/**
 * CPU time that the living processes of a group have used, in clock ticks plus, for the finest sign of life, the
 * nanoseconds of their main threads. Only good for telling whether it advanced; 0 where there is no /proc.
 */
export async function groupCpuTime(group: number): Promise<number> {
  return totalOver(group, async (pid, fields) => {
    const scheduled = await readFile(`/proc/${pid}/schedstat`, 'utf8');
    return Number(fields[11]) + Number(fields[12]) + Number(scheduled.split(' ')[0]) / 1e9;
  });
}

/** Bytes of memory in which the living processes of a group reside; 0 where there is no /proc. */
export async function groupMemory(group: number): Promise<number> {
  return totalOver(group, async (pid) => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  });
}

// Sums over the processes of a group but its leader: that is the supervisor, which does nothing of its own.
async function totalOver(
  group: number,
  amount: (pid: string, fields: readonly string[]) => Promise<number>,
): Promise<number> {
  let total = 0;
  let entries: readonly string[];
  try {
    entries = await readdir('/proc');
  } catch {
    return 0;
  }
  for (const entry of entries) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const stat = await readFile(`/proc/${entry}/stat`, 'utf8');
      // The program's name, in parentheses, may hold spaces.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (Number(fields[2]) !== group || Number(entry) === group) continue;
      total += await amount(entry, fields);
    } catch {
      // The process has ended meanwhile, or the system does not let us read it.
    }
  }
  return total;
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
