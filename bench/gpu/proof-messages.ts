import { z } from 'zod';

/** What the proof asks of its process. */
export type ProofRequest =
  | { readonly kind: 'load' }
  /** So many steps of a case. */
  | { readonly kind: 'steps'; readonly name: string; readonly count: number }
  /** A whole training of a case, which keeps its checkpoints in a folder. */
  | { readonly kind: 'training'; readonly name: string; readonly epochs: number; readonly folder: string }
  | { readonly kind: 'memory' };

const text = z.string();
const failureClass = z.nullable(text);

/** What the process answers; a training tells of each step before its answer. */
export const proofAnswer = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('loaded'), onGpu: z.boolean(), computation: text }),
  z.object({
    ...{ kind: z.literal('steps'), hash: text },
    ...{ losses: z.array(z.number()), evaluated: z.number() },
  }),
  z.object({ kind: z.literal('step'), number: z.int() }),
  z.object({ kind: z.literal('trained'), hash: text }),
  z.object({ kind: z.literal('memory'), failureClass, message: text, unharmed: z.boolean() }),
  z.object({ kind: z.literal('threw'), failureClass, message: text }),
]);

export type ProofAnswer = z.output<typeof proofAnswer>;
