import { continueAsNew, sleep } from '@temporalio/workflow';
import { random } from 'duramen/algorithms';
import { float, space } from 'duramen/search-spaces';
import { activity, level, search } from 'duramen/workflows';

const line = level({
  name: 'line',
  space: space({ x: float(-5, 10) }),
  metrics: { loss: 'minimize' },
  algorithm: random(),
  budget: { trials: 10, concurrency: 4 },
});

/** Two searches one after the other, evaluated by an activity of the worker that runs this workflow. */
export async function composed(): Promise<unknown> {
  const first = await search(line, activity('square', { factor: 1 }, { taskQueue: 'foreign' }), {
    name: 'first',
    seed: 2,
  });
  const second = await search(line, activity('square', { factor: 3 }, { taskQueue: 'foreign' }), {
    name: 'second',
    seed: 2,
  });
  return [first, second];
}

/** What must not work: a function as evaluator. */
export async function closure(): Promise<unknown> {
  // @ts-expect-error a function cannot travel
  return search(line, () => ({ loss: 1 }));
}

/** An evaluator that is a workflow. */
export async function squaring(argument: { readonly parameters: { readonly x: number } }): Promise<unknown> {
  const { x } = argument.parameters;
  return { loss: (x - 1) * (x - 1) };
}

/** An evaluator that continues as new and then takes for ever. */
export async function lasting(argument: object, continued = false): Promise<unknown> {
  if (!continued) await continueAsNew<typeof lasting>(argument, true);
  await sleep('1 day');
  return { loss: 0 };
}
