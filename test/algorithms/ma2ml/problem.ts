import { ma2mlAlgorithm } from '../../../algorithms/ma2ml/ma2ml.js';
import { layoutOf, type Layout } from '../../../algorithms/ma2ml/layout.js';
import type { Ma2mlConfig, Ma2mlOptions } from '../../../algorithms/ma2ml/options.js';
import type { ExactBlock } from '../../../algorithms/ma2ml/credit-blocks.js';
import type { JointValue } from '../../../algorithms/ma2ml/credit.js';
import { isActive } from '../../../algorithms/policy-gradient/decisions.js';
import type { Metric, SearchProblem } from '../../../algorithms/index.js';
import { rngFromSeed } from '../../../foundation/numbers/index.js';
import {
  bool,
  float,
  int,
  manyOf,
  object,
  oneOf,
  optional,
  space,
  view,
  type View,
} from '../../../search-spaces/index.js';

export const accuracy: readonly Metric[] = [{ name: 'accuracy', goal: 'maximize' }];

/** A problem of MA2ML with what it makes of the space. */
export function problemOf(
  space: View,
  options: Ma2mlOptions = {},
  metrics: readonly Metric[] = accuracy,
): SearchProblem<Ma2mlConfig> & { readonly layout: Layout } {
  const config = ma2mlAlgorithm.configure({ ...options }, space, metrics);
  const problem = { view: space, metrics, config, rng: rngFromSeed(5), order: 'in-order' } as const;
  return { ...problem, layout: layoutOf(problem) };
}

export const tagged = (tag: string): { readonly tags: readonly string[] } => ({ tags: [tag] });

/** A plain space with a decision or two for each of the default agents. */
export const plainSpace = view({
  policy: oneOf(['none', 'crop', 'cutout'], tagged('AUG')),
  depth: oneOf([1, 2, 3, 4], tagged('NAS')),
  wide: bool(tagged('NAS')),
  rate: float(1e-4, 1e-1, { scale: 'log', ...tagged('HPO') }),
});

/** A space in which agents switch each other's decisions on and off. */
export const conditional = space({
  augment: optional({ flip: bool(tagged('AUG')), strength: int(1, 3, tagged('AUG')) }, tagged('AUG')),
  layers: manyOf(
    2,
    [{ width: int(1, 300) }, { kind: oneOf(['conv', 'pool']), drop: oneOf([0, 0.3], tagged('HPO')) }, 'skip'],
    {
      distinct: false,
      ...tagged('NAS'),
    },
  ),
  order: manyOf(2, ['x', 'y', 'z'], { sorted: true, ...tagged('HPO') }),
});
export const conditionalSpace = view(conditional);

/** Sub-policies whose order does not matter, and a network. */
export function subPolicySpace(count: number): View {
  const slot = object({
    op: oneOf([0, 1, 2, 3], tagged('AUG')),
    probability: oneOf([0, 0.5, 1], tagged('AUG')),
    magnitude: oneOf([0, 1, 2, 3], tagged('AUG')),
  });
  return view({
    augment: Array.from({ length: count }, () => slot),
    depth: oneOf([1, 2, 3], tagged('NAS')),
    rate: oneOf([0.1, 0.01], tagged('HPO')),
  });
}

/** Any function of the active options as the value of joint actions. */
export function valueBy(layout: Layout, score: (actions: readonly number[]) => number): JointValue {
  const value = (actions: Uint8Array): number =>
    score([...actions].map((option, head) => (isActive(layout.heads, actions, head) ? option : -1)));
  return {
    value,
    alternatives(block: ExactBlock, actions, values) {
      for (let joint = 0; joint < block.count; joint += 1) {
        const swapped = actions.slice();
        for (const [at, head] of block.heads.entries())
          swapped[head] = block.joint[joint * block.heads.length + at] ?? 0;
        values[joint] = value(swapped);
      }
    },
  };
}

/** The blocks of a layout whose credit is exact. */
export function exactBlocks({ blocks }: Layout): readonly ExactBlock[] {
  return blocks.flatMap((block) => (block.kind === 'exact' ? [block] : []));
}

/** Every joint action: an option for each head, active or not. */
export function allActions({ heads }: Layout): readonly Uint8Array[] {
  return heads.reduce<readonly Uint8Array[]>(
    (before, { of }, place) =>
      before.flatMap((actions) =>
        Array.from({ length: of }, (_, option) =>
          actions.map((other, at) => (at === place ? option : other)),
        ),
      ),
    [new Uint8Array(heads.length)],
  );
}
