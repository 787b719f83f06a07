import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** A process named by its id and its start, because ids are used again. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, in a form that only this system compares. */
  readonly start: string;
}

/** The identity of the process with this id; null when there is none. */
export async function processIdentity(pid: number): Promise<ProcessIdentity | null> {
  if (!isSignalled(pid, 0)) return null;
  const start = process.platform === 'linux' ? await linuxStart(pid) : await portableStart(pid);
  return start === null ? null : { pid, start };
}

/** Whether exactly this process still runs. */
export async function isRunning(identity: ProcessIdentity): Promise<boolean> {
  return (await processIdentity(identity.pid))?.start === identity.start;
}

/** Ends the process, first by SIGTERM and after `patience` milliseconds by SIGKILL; resolved when it is gone. */
export async function endProcess(identity: ProcessIdentity, patience: number): Promise<void> {
  if (!(await isRunning(identity))) return;
  isSignalled(identity.pid, 'SIGTERM');
  const deadline = Date.now() + patience;
  while (await isRunning(identity)) {
    if (Date.now() > deadline) isSignalled(identity.pid, 'SIGKILL');
    await delay(50);
  }
}

function isSignalled(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(pid, signal);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return false;
    throw error;
  }
}

/** Clock ticks since boot, field 22; the second field may itself hold spaces and brackets. A zombie is gone. */
async function linuxStart(pid: number): Promise<string | null> {
  let stat: string;
  try {
    stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return null;
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? null : (fields[19] ?? null);
}

async function portableStart(pid: number): Promise<string | null> {
  try {
    const { stdout } = await run('ps', ['-o', 'lstart=', '-p', String(pid)]);
    return stdout.trim() === '' ? null : stdout.trim();
  } catch {
    return null;
  }
}
