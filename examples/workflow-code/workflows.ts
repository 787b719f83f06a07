import { activity, level } from 'duramen';
import { random, regularizedEvolution } from 'duramen/algorithms';
import { float, oneOf, space } from 'duramen/search-spaces';
import { search } from 'duramen/workflows';
import { proxyActivities } from '@temporalio/workflow';

const { publish } = proxyActivities<{ publish(report: string): Promise<void> }>({
  startToCloseTimeout: '1 minute',
});

const rough = level({
  name: 'rough',
  space: space({ x: float(-4, 4), y: float(-4, 4), shape: oneOf(['bowl', 'valley']) }),
  metrics: { height: 'minimize' },
  algorithm: random(),
  budget: { trials: 30, concurrency: 8 },
});

/** Two searches one after the other, with code of its own between them; all of it survives any kill. */
export async function searchTwice(): Promise<string> {
  const evaluator = activity('height', { scale: 2 }, { taskQueue: 'landscape' });
  const first = await search(rough, evaluator);
  if (first.best === null) return 'nothing was found';
  const { x, y, shape } = first.best.parameters as { x: number; y: number; shape: 'bowl' | 'valley' };

  const fine = level({
    name: 'fine',
    space: space({ x: float(x - 0.5, x + 0.5), y: float(y - 0.5, y + 0.5), shape }),
    metrics: { height: 'minimize' },
    algorithm: regularizedEvolution({ populationSize: 10, tournamentSize: 4 }),
    budget: { trials: 60, concurrency: 8 },
  });
  const second = await search(fine, evaluator);
  const report = `first ${first.best.metrics['height']}, then ${second.best?.metrics['height']}`;
  await publish(report);
  return report;
}
