import { unreachable } from '../../foundation/errors/index.js';
import type { AgentHead } from './agent-heads.js';
import type { Ma2mlConfig } from './options.js';

/**
 * Heads that share one counterfactual: all of an agent, or a single one where the agent has more than `mostJoint`
 * joint options. `joint` holds every combination of their options, the last head changing fastest.
 */
export interface ExactBlock {
  readonly kind: 'exact';
  readonly agent: number;
  readonly heads: readonly number[];
  readonly joint: Uint8Array;
  readonly count: number;
}

/** All heads of an agent with more than `mostJoint` joint options, whose counterfactual is estimated from draws. */
export interface SampledBlock {
  readonly kind: 'sampled';
  readonly agent: number;
  readonly heads: readonly number[];
}

/** Heads whose credit is computed together. */
export type CreditBlock = ExactBlock | SampledBlock;

/** Most joint options of an agent that one counterfactual covers. */
const mostJoint = 1_024;

/** The blocks of an agent. */
export function blocksOf(
  agent: number,
  heads: readonly AgentHead[],
  credit: Ma2mlConfig['credit'],
): readonly CreditBlock[] {
  const own = heads.flatMap((head, place) => (head.agent === agent ? [place] : []));
  const count = own.reduce((product, head) => product * (heads[head]?.of ?? 1), 1);
  if (count <= mostJoint) return [blockOf(agent, own, heads)];
  switch (credit) {
    case 'exact':
      return own.map((head) => blockOf(agent, [head], heads));
    case 'sampled':
      return [{ kind: 'sampled', agent, heads: own }];
    default:
      return unreachable(credit, 'kind of credit');
  }
}

function blockOf(agent: number, own: readonly number[], heads: readonly AgentHead[]): ExactBlock {
  const sizes = own.map((head) => heads[head]?.of ?? 1);
  const count = sizes.reduce((product, of) => product * of, 1);
  const joint = new Uint8Array(count * own.length);
  for (let place = 0; place < count; place += 1) {
    let rest = place;
    for (let at = own.length - 1; at >= 0; at -= 1) {
      const of = sizes[at] ?? 1;
      joint[place * own.length + at] = rest % of;
      rest = Math.floor(rest / of);
    }
  }
  return { kind: 'exact', agent, heads: own, joint, count };
}
