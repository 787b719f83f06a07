import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { groupMemory } from './group-usage.js';

/** Milliseconds between two looks at a group's memory where no control group can hold it. */
const lookInterval = 250;

let made = 0;

/**
 * Holds a process group below a limit of memory. Where this worker may make control groups the kernel enforces it
 * exactly. Elsewhere the worker adds the group's resident memory up four times a second and ends the group when it is
 * above: it misses what processes take and give back between two looks, and counts shared pages once for each process.
 */
export class MemoryLimit {
  private readonly controlGroup: ControlGroup | null;
  private readonly timer: NodeJS.Timeout | undefined;
  private seen: string | null = null;
  private looking = false;

  constructor(
    private readonly group: number,
    private readonly megabytes: number,
    private readonly endGroup: () => void,
    controlGroups = true,
  ) {
    this.controlGroup = controlGroups ? ControlGroup.around(group, megabytes) : null;
    if (this.controlGroup !== null) return;
    this.timer = setInterval(() => void this.look(), lookInterval);
    this.timer.unref();
  }

  /** Whether the kernel enforces the limit. */
  get isEnforced(): boolean {
    return this.controlGroup !== null;
  }

  /** Ends all processes that the kernel counts to the limit, also those that left the process group. */
  endAll(): void {
    this.controlGroup?.endAll();
  }

  /** After the group has ended: why, if it was the limit, as a sentence; else null. */
  close(): string | null {
    clearInterval(this.timer);
    if (this.controlGroup?.remove() === true) {
      return `The evaluation needed more than its limit of ${this.megabytes} MB of memory and was ended by the kernel.`;
    }
    return this.seen;
  }

  private async look(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    const used = ((await groupMemory(this.group)) ?? 0) / 1e6;
    this.looking = false;
    if (used <= this.megabytes || this.seen !== null) return;
    this.seen = `The evaluation took ${Math.ceil(used)} MB of memory, more than its limit of ${this.megabytes} MB, and was ended.`;
    this.endGroup();
  }
}

/** A control group of this worker's own for memory, below the one that it is in itself. */
class ControlGroup {
  private constructor(
    private readonly folder: string,
    private readonly events: string,
  ) {}

  /** Puts a process, and so all that it starts, into a new group; null where that is not permitted. */
  static around(pid: number, megabytes: number): ControlGroup | null {
    const parent = memoryHierarchy();
    if (parent === null) return null;
    const folder = `${parent.folder}/duramen-${process.pid}-${++made}`;
    const group = new ControlGroup(folder, parent.version === 2 ? 'memory.events' : 'memory.oom_control');
    try {
      mkdirSync(folder);
      const limit = parent.version === 2 ? 'memory.max' : 'memory.limit_in_bytes';
      writeFileSync(`${folder}/${limit}`, String(Math.round(megabytes * 1e6)));
      // Without this a group could go on on swapped memory, far slower than its limit promises.
      if (parent.version === 2) tryToWrite(`${folder}/memory.swap.max`, '0');
      writeFileSync(`${folder}/cgroup.procs`, String(pid));
      return group;
    } catch {
      group.remove();
      return null;
    }
  }

  /** Kills every process in the group. */
  endAll(): void {
    let members: readonly string[] = [];
    try {
      members = readFileSync(`${this.folder}/cgroup.procs`, 'utf8').split('\n');
    } catch {
      // Removed already.
    }
    for (const pid of members.flatMap((line) => (line === '' ? [] : [Number(line)]))) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    }
  }

  /** Removes the empty group; true when the kernel has killed in it for lack of memory. */
  remove(): boolean {
    let killed = false;
    try {
      const match = /^oom_kill (\d+)$/m.exec(readFileSync(`${this.folder}/${this.events}`, 'utf8'));
      killed = Number(match?.[1] ?? 0) > 0;
      rmdirSync(this.folder);
    } catch {
      // Never made, or a process of it is still being taken down: an empty group costs nothing.
    }
    return killed;
  }
}

function memoryHierarchy(): { readonly version: 1 | 2; readonly folder: string } | null {
  try {
    const lines = readFileSync('/proc/self/cgroup', 'utf8').split('\n');
    const first = lines.flatMap((line) => /^\d+:(?:[^:]*,)?memory(?:,[^:]*)?:(.*)$/.exec(line)?.[1] ?? []);
    if (first[0] !== undefined) return { version: 1, folder: `/sys/fs/cgroup/memory${first[0]}` };
    const second = lines.flatMap((line) => /^0::(.*)$/.exec(line)?.[1] ?? []);
    return second[0] === undefined ? null : { version: 2, folder: `/sys/fs/cgroup${second[0]}` };
  } catch {
    return null;
  }
}

function tryToWrite(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch {
    // A kernel without accounting of swap.
  }
}
