import type { SupernetworkChoice } from '../../networks/supernetwork/index.js';
import type { Optimizer } from '../step/optimizers.js';
import type { GraphWriter } from '../tensorflow-graph/graph-writer.js';
import { BranchPacks } from './branch-packs.js';

/** The name of a choice's logits in the state. */
export function logitsName(choice: string): string {
  return `architecture/${choice}`;
}

/** The logits of choices with the slots of their optimiser, one for each outcome and with `none` one more, of zero. */
export function logitPacks(
  graph: GraphWriter,
  choices: readonly SupernetworkChoice[],
  none: boolean,
  optimizer: Optimizer,
): BranchPacks {
  const logits = choices.map(({ name, outcomes }) => ({
    under: [],
    parameter: {
      name: logitsName(name),
      sizes: [outcomes + Number(none)],
      trained: true,
      decayed: true,
      initial: { kind: 'fixed', value: 0 },
    } as const,
  }));
  return new BranchPacks(graph, logits, { whenAll: () => null }, optimizer, true, 'architecture/');
}
