import type { RandomStream } from '../../foundation/numbers/index.js';
import { runLimit, within, type Disturbance } from './run-search.js';
import { kill, type Kill, type Victim } from './victims.js';

/** Milliseconds that a kill may add to a run: Temporal notices a loss seconds later. */
const killLimit = 20_000;

/** Longest wait for the next start before the next kill. */
const fullPatience = 12_000;

/** Kills one victim at random moments: mostly after the search went on from the kill before, sometimes sooner. */
export function kills(victim: Victim, count: number, random: RandomStream): Disturbance {
  return {
    delay: killLimit * count,
    async disturb({ installation, notes, isOver }) {
      const done: Kill[] = [];
      while (done.length < count) {
        const patient = random.below(3) > 0;
        const wait = 300 + random.below(2_000);
        const last = done.at(-1);
        const isNext = (): boolean =>
          notes().some(({ kind, time }) => kind === 'start' && time > (last?.up ?? 0));
        const patience = last === undefined || patient ? fullPatience : 0;
        for (const end = Date.now() + patience; Date.now() < end && !isNext();) {
          if (await isOver(50)) return done;
        }
        if (await isOver(wait)) return done;
        done.push(await within(runLimit, kill(installation, victim)));
      }
      return done;
    },
  };
}
