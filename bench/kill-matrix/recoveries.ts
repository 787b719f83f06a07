import type { Note } from './note.js';
import type { Kill } from './victims.js';

/** How fast a run went on after its kills, in seconds. */
export interface Recoveries {
  /** From a kill until the killed processes run again. */
  readonly restarts: readonly number[];
  /** From the restart, or from the moment after it at which a slot was free, to the next started evaluation. */
  readonly nextStarts: readonly number[];
  /** From the loss of an evaluation to its next attempt. */
  readonly retries: readonly number[];
}

/**
 * Reads from the notes of the evaluations how fast a run went on. Leaves out a wait that the next kill cut short. A
 * slot is free when less than `places` evaluations run: until then the worker could not start another.
 */
export function recoveriesOf(notes: readonly Note[], kills: readonly Kill[], places: number): Recoveries {
  const nextStarts: number[] = [];
  const retries: number[] = [];
  const dead = new Set<number>();
  kills.forEach((kill, position) => {
    const until = kills[position + 1]?.killed ?? Infinity;
    const lost = runningAt(notes, kill.killed, dead).filter((note) => kill.processes.includes(note.process));
    for (const pid of kill.processes) dead.add(pid);
    for (const { name } of lost) {
      const again = firstAfter(notes, kill.killed, (note) => note.kind === 'start' && note.name === name);
      if (again !== undefined && again < until) retries.push((again - kill.killed) / 1000);
    }
    const isFree = runningAt(notes, kill.up, dead).length < places;
    const free = isFree ? kill.up : firstAfter(notes, kill.up, ({ kind }) => kind === 'end');
    if (free === undefined) return;
    const next = firstAfter(notes, free, ({ kind }) => kind === 'start');
    if (next !== undefined && next < until) nextStarts.push((next - free) / 1000);
  });
  const restarts = kills.map(({ killed, up }) => (up - killed) / 1000);
  return { restarts, nextStarts, retries };
}

/** Starts of the evaluations that run at a time: neither ended nor in a process that was killed before. */
function runningAt(notes: readonly Note[], time: number, dead: ReadonlySet<number>): readonly Note[] {
  const running = new Map<string, Note>();
  for (const note of notes) {
    if (note.time > time || dead.has(note.process)) continue;
    const key = `${note.process} ${note.name} ${note.attempt}`;
    if (note.kind === 'start') running.set(key, note);
    else running.delete(key);
  }
  return [...running.values()];
}

function firstAfter(notes: readonly Note[], time: number, fits: (note: Note) => boolean): number | undefined {
  return notes.find((note) => note.time > time && fits(note))?.time;
}
