import { fileURLToPath } from 'node:url';
import { buildWithChoices } from '../../networks/builders/index.js';
import { supernetworkOf, supernetworkShapes } from '../../networks/supernetwork/index.js';
import type { Supernetwork } from '../../networks/supernetwork/index.js';
import { dartsCells, superNet } from '../../search-spaces/index.js';
import { trainingProcessEnvironment } from '../../training/index.js';
import { Contender } from './contender.js';
import type { ContenderSetting } from './contender.js';

const shape = { imageShape: [28, 28, 1], batchSize: 16, channels: 16, cells: 5 } as const;

/** Steps of a turn. */
const stepsOfTurn = 3;

/** What PyTorch's processor time is at least of Duramen's. */
const bar = 1.5;

/** The cells of DARTS as a mixture in the form for searching. */
export function dartsSupernetwork(): Supernetwork {
  const { imageShape: inputShape, channels, cells } = shape;
  return supernetworkOf(
    superNet(dartsCells, () => true, { picks: 'all' }),
    (program) =>
      buildWithChoices({
        ...{ builder: 'darts', inputShape, classes: 10, channels, cells, form: 'search' },
        ...(program as object),
      }),
  );
}

/** What a task of the case says beside its images. */
export function dartsTask(): {
  readonly network: Supernetwork;
  readonly shapes: Readonly<Record<string, readonly number[]>>;
  readonly batchSize: number;
  readonly imageShape: readonly [number, number, number];
} {
  const network = dartsSupernetwork();
  const { batchSize, imageShape } = shape;
  return { network, shapes: Object.fromEntries(supernetworkShapes(network)), batchSize, imageShape };
}

/** Measures a step of the weights and one of the logits; `python`: beside PyTorch. */
export async function measureMixture(
  task: string,
  {
    program,
    python,
    rounds,
  }: { readonly program: string; readonly python: string | null; readonly rounds: number },
  running: Set<{ stop(): Promise<void> }>,
): Promise<{ readonly missed: readonly string[]; readonly [figure: string]: unknown }> {
  const script = fileURLToPath(new URL('./peer_mixture.py', import.meta.url));
  const training = fileURLToPath(new URL('../training', import.meta.url));
  const steps: Record<string, unknown> = {};
  const missed: string[] = [];
  for (const what of ['weights', 'logits'] as const) {
    const settings: ContenderSetting[] = [
      {
        ...{ name: what, program: process.execPath, programArguments: [program, task, what] },
        environment: trainingProcessEnvironment,
      },
    ];
    if (python !== null) {
      settings.push({
        ...{ name: 'pytorch', program: python, programArguments: [script, task, what] },
        environment: { OMP_NUM_THREADS: '1', PYTHONPATH: training },
      });
    }
    const contenders: Contender[] = [];
    try {
      for (const setting of settings) {
        const contender = await Contender.start(setting);
        running.add(contender);
        contenders.push(contender);
      }
      const [own, peer] = contenders;
      if (own !== undefined && peer !== undefined && own.parameters !== peer.parameters)
        throw new Error(`PyTorch has ${peer.parameters} parameters, not ${own.parameters}.`);
      for (let round = 1; round <= rounds; round++) {
        for (const contender of contenders) await contender.turn(stepsOfTurn);
      }
      const figures = contenders.map((contender) => contender.figures());
      const [ownTime, peerTime] = figures.map(({ processorMilliseconds }) => processorMilliseconds);
      const ratio = ownTime === undefined || peerTime === undefined ? null : peerTime / ownTime;
      if (ratio !== null && ratio < bar) missed.push(what);
      steps[what] = {
        ...(ratio === null ? {} : { pytorchToDuramen: Number(ratio.toFixed(2)) }),
        ways: Object.fromEntries(
          contenders.map((contender) => {
            const { form, processorMilliseconds, milliseconds, peakMegabytes } = contender.figures();
            const rounded = {
              processorMilliseconds: Math.round(processorMilliseconds),
              milliseconds: Math.round(milliseconds),
            };
            return [contender.name, { ...rounded, peakMegabytes, form }] as const;
          }),
        ),
      };
    } finally {
      for (const contender of contenders) {
        await contender.stop();
        running.delete(contender);
      }
    }
  }
  return { bench: 'one-shot', case: 'darts', ...shape, rounds, missed, steps };
}
