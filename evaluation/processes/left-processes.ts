import { readdirSync, readFileSync } from 'node:fs';

/** Names a process and all that it starts: children inherit it, also those that leave the process group. */
export const supervisionVariable = 'DURAMEN_SUPERVISION';

/** How often the list of processes is read again while it holds some: one may start another while it is ended. */
const rounds = 20;

/**
 * Kills all processes that carry the mark of one supervision, but for this process. It finds those that left the
 * process group (`setsid`, daemons), and misses those that were started without their parent's environment. Does
 * nothing where there is no /proc.
 */
export function endLeftProcesses(mark: string): void {
  const wanted = `${supervisionVariable}=${mark}`;
  for (let round = 0; round < rounds; round++) {
    const left = processIds().filter((pid) => pid !== process.pid && environmentOf(pid).includes(wanted));
    if (left.length === 0) return;
    for (const pid of left) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    }
  }
}

function processIds(): readonly number[] {
  try {
    return readdirSync('/proc').flatMap((entry) => (/^\d+$/.test(entry) ? [Number(entry)] : []));
  } catch {
    return [];
  }
}

/** The environment with which a process was started; empty for zombies, and for processes of other users. */
function environmentOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
  } catch {
    return [];
  }
}
