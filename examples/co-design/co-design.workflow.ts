import { ApplicationFailure, proxyActivities } from '@temporalio/workflow';
import type { SearchContext, SearchResult } from 'duramen';
import type { DefinedSearch } from 'duramen/workflows';
import { fromTheKnee, hypervolume, type Merits } from './choice.js';
import type { Data } from './data.js';
import { scales, type ScaleName } from './scale.js';
import { Story } from './story.js';

type Json = SearchContext[string];

/** What the worker of the job does for it; see activities.mjs. */
interface Activities {
  /** Stores the definition of a search file of this folder, with points to try first. */
  define(file: string, initial?: readonly Json[]): Promise<DefinedSearch>;
  /** Ends an evaluating process with SIGKILL while one of these searches trains. */
  killOneProcess(searches: readonly string[]): Promise<Kill>;
  /** Takes all decisions of these searches again from their journals, and counts trials. */
  audit(searches: readonly string[]): Promise<Audit>;
}

/** An evaluating process that was killed; `at` is the time of day. Null: the searches were over before. */
export type Kill = { readonly process: number; readonly at: string } | null;

export interface Audit {
  /** Null when every decision follows from the journals; else what does not. */
  readonly fault: string | null;
  readonly levels: readonly { readonly level: string; readonly trials: number; readonly reused: number }[];
}

/** An accelerator with the architecture that was found for it. */
interface Point extends Merits {
  readonly area: number;
  readonly accelerator: Json;
  readonly architecture: Json;
}

export interface CoDesign {
  readonly data: Data['set'];
  /** The point that was chosen, with its training; its accuracy is that of validation images. */
  readonly knee: Point & { readonly pipeline: Json };
  /** On images that nothing was chosen by: one value for each seed. */
  readonly testAccuracies: readonly (number | null)[];
  readonly front: number;
  readonly hypervolume: { readonly front: number; readonly control: number };
  readonly kill: Kill;
  readonly audit: Audit;
}

const { define } = proxyActivities<Activities>({ startToCloseTimeout: '30 seconds' });
const { killOneProcess, audit } = proxyActivities<Activities>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '15 seconds',
});

/**
 * An accelerator, a network for it and a training for that. One supernetwork gives every architecture an accuracy; an
 * evolution of accelerators, with an evolution of architectures for each, finds a front; agents look for the training of
 * some of its points; the knee is trained in full. Each search is a child workflow: whatever is killed, it goes on, and
 * so does this function.
 */
export async function coDesign(set: Data['set'], size: ScaleName): Promise<CoDesign> {
  const { images, points } = scales[size];
  const data = { set, images };
  const story = new Story();

  await story.search(await define('supernet.search.ts'), 'supernet', 'shared weights for all architectures', {
    data,
  });

  // Only now are there weights to define these searches by.
  const [evolved, drawn] = await Promise.all([define('front.search.ts'), define('control.search.ts')]);
  const [front, control] = await Promise.all([
    story.search(evolved, 'front', 'accelerators, and architectures for each, by evolution'),
    story.search(drawn, 'control', 'as many accelerators and architectures, at random'),
  ]);
  const found = front.front.map(pointOf);
  const random = control.front.map(pointOf);

  const training = await define('training.search.ts');
  const chosen = differing(fromTheKnee(found)).slice(0, points);
  const names = chosen.map((_point, place) => `training-${place + 1}`);
  const [kill, trained] = await Promise.all([
    killOneProcess(names),
    Promise.all(
      chosen.map(async (point, place) => {
        const { architecture } = point;
        const name = names[place] ?? '';
        const aim = `two agents train the architecture of point ${place + 1}`;
        const { best } = await story.search(training, name, aim, { data, architecture });
        return best === null
          ? []
          : [{ ...point, accuracy: best.metrics['accuracy'] ?? 0, pipeline: best.parameters }];
      }),
    ),
  ]);

  const [knee] = fromTheKnee(trained.flat());
  if (knee === undefined) throw ApplicationFailure.nonRetryable('No network of the front could be trained.');
  const final = await story.search(
    await define('final.search.ts', [knee.pipeline]),
    'final',
    'the knee in full, with several seeds',
    { data, architecture: knee.architecture },
  );

  return {
    data: set,
    knee,
    testAccuracies: final.retraining?.observed['testAccuracy']?.values ?? [],
    front: found.length,
    hypervolume: {
      front: hypervolume(found, [...found, ...random]),
      control: hypervolume(random, [...found, ...random]),
    },
    kill,
    audit: await audit(['supernet', 'front', 'control', ...names, 'final']),
  };
}

function pointOf({ metrics, parameters, inner }: SearchResult['front'][number]): Point {
  const { accuracy = 0, latency = 0, energy = 0, area = 0 } = metrics;
  return {
    accuracy,
    latency,
    energy,
    area,
    accelerator: parameters,
    architecture: inner['architecture'] ?? null,
  };
}

/** Points whose architecture no earlier one has. */
function differing(points: readonly Point[]): readonly Point[] {
  const texts = points.map(({ architecture }) => JSON.stringify(architecture));
  return points.filter((_point, place) => texts.indexOf(texts[place] ?? '') === place);
}
