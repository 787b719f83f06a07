import { readFile } from 'node:fs/promises';

/** Clock ticks a second: the same on every Linux that Node runs on. */
const ticks = 100;

/** Processor time of processes by name, in milliseconds since each started; null where the system does not tell. */
export async function processorTimes(
  processes: Readonly<Record<string, number>>,
): Promise<Readonly<Record<string, number>> | null> {
  const times: Record<string, number> = {};
  for (const [name, pid] of Object.entries(processes)) {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
    if (stat === null) return null;
    // The second field is the program's name, which may itself hold spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    times[name] = ((Number(fields[11]) + Number(fields[12])) * 1000) / ticks;
  }
  return times;
}

/** Measures what the processes use while the work is done. */
export async function withProcessorTimes(
  processes: Readonly<Record<string, number>>,
  work: () => Promise<number>,
): Promise<{ readonly seconds: number; readonly processorMilliseconds?: Readonly<Record<string, number>> }> {
  const before = await processorTimes(processes);
  const seconds = await work();
  const after = await processorTimes(processes);
  if (before === null || after === null) return { seconds };
  const used = Object.entries(after).map(([name, time]) => [name, time - (before[name] ?? 0)] as const);
  return { seconds, processorMilliseconds: Object.fromEntries(used) };
}
