import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { heartbeat } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { ClientError } from 'duramen';
import { busiestProcess } from './processes.mjs';

/** Milliseconds between two signs of life. */
const pulse = 1_000;

/**
 * What co-design.workflow.ts calls by name. `job` is the id of the workflow; `workerProcess` answers the id of the
 * process that serves the searches.
 */
export function activitiesOf({ client, job, workerProcess }) {
  const idOf = (name) => `${job}/${name}`;

  return {
    async define(file, initial = []) {
      try {
        return await client.define(fileURLToPath(new URL(file, import.meta.url)), { initial });
      } catch (error) {
        // Another attempt would read the same file.
        if (error instanceof ClientError) throw ApplicationFailure.nonRetryable(error.message, 'BadInput');
        throw error;
      }
    },

    async killOneProcess(names) {
      for (;;) {
        heartbeat();
        const searches = await Promise.all(names.map((name) => standing(client.handle(idOf(name)))));
        if (searches.every((search) => search === 'over')) return null;
        const busy = searches.includes('trains') ? await busiestProcess(workerProcess()) : null;
        if (busy !== null) {
          process.kill(busy, 'SIGKILL');
          return { process: busy, at: new Date().toISOString() };
        }
        await delay(pulse / 4);
      }
    },

    async audit(names) {
      const timer = setInterval(() => heartbeat(), pulse);
      try {
        const counts = new Map();
        for (const name of names) {
          const { searches, fault } = await client.handle(idOf(name)).verify({ inner: true });
          if (fault !== null) return { fault: fault.message, levels: [] };
          for (const { search } of searches) await count(client.handle(search), counts);
        }
        return { fault: null, levels: [...counts].map(([level, counted]) => ({ level, ...counted })) };
      } finally {
        clearInterval(timer);
      }
    },
  };
}

/** Whether a search trains just now, is over, or neither. */
async function standing(handle) {
  if ((await handle.state()) === null) return 'to come';
  const { phase, running } = await handle.progress();
  if (phase === 'finished') return 'over';
  // The first trainings tell the agents something before one is lost.
  return running.some((index) => index > 0) ? 'trains' : 'to come';
}

/** Adds the trials of a search to those of its level. */
async function count(handle, counts) {
  const { level, trials } = await handle.journal();
  for (const { slice, reused } of trials) {
    const name = levelName(handle.id, level.name, slice);
    const counted = counts.get(name) ?? { trials: 0, reused: 0 };
    counts.set(name, { trials: counted.trials + 1, reused: counted.reused + (reused ? 1 : 0) });
  }
}

function levelName(id, level, slice) {
  if (slice !== null) return slice.kind === 'train' ? 'epochs of the supernetwork' : 'looks at its weights';
  if (id.includes('/retraining/')) return 'full trainings';
  const names = { accelerator: 'accelerators', architecture: 'architectures' };
  return names[level] ?? 'short trainings';
}
