import { unreachable } from '../../foundation/errors/index.js';
import {
  sliceValueLimit,
  type FailureClass,
  type Outcome,
  type Slice,
} from '../../algorithms/contract/index.js';

type Failed = Extract<Outcome, { kind: 'failed' }>;

/** How numbers that are not finite travel as JSON. */
const notFinite: readonly unknown[] = ['NaN', 'Infinity', '-Infinity'];

/**
 * The outcome of a slice: with the cost that the algorithm declared, and with its values as float32 numbers. Values that
 * are missing, too many or no numbers are a `Bug`, those that are not finite `Diverged`. It changes nothing the second
 * time.
 */
export function sliceOutcome(slice: Slice, outcome: Outcome): Outcome {
  const { cost = 0 } = slice;
  switch (outcome.kind) {
    case 'scored': {
      const { values: given, ...scored } = outcome;
      const values = readValues(slice, given ?? []);
      if ('kind' in values) return values;
      return { ...scored, cost, ...(values.length === 0 ? {} : { values }) };
    }
    case 'infeasible':
    case 'stopped':
      return { ...outcome, cost };
    case 'failed':
    case 'cancelled':
      return outcome;
    default:
      return unreachable(outcome, 'outcome');
  }
}

/** The outcome of a slice whose evaluation handed back these values, whatever they are; null: none. */
export function outcomeWithValues(slice: Slice, outcome: Outcome, given: unknown): Outcome {
  if (outcome.kind !== 'scored') return sliceOutcome(slice, outcome);
  const values = given === null || given === undefined ? [] : given;
  const read = readValues(slice, values);
  return 'kind' in read ? read : sliceOutcome(slice, { ...outcome, values: read });
}

/** The values as float32 numbers, or the failure that they are. */
function readValues(slice: Slice, given: unknown): readonly number[] | Failed {
  if (!Array.isArray(given)) return failure('Bug', `the values of a slice must be a list of numbers.`);
  if (given.length > sliceValueLimit) {
    return failure(
      'Bug',
      `a slice handed back ${given.length} values, and at most ${sliceValueLimit} are possible.`,
    );
  }
  const wanted = wantedValues(slice);
  if (given.length < wanted.least || given.length > wanted.most) {
    return failure(
      'Bug',
      `a slice of kind "${slice.kind}" must hand back ${wanted.text}, and it handed back ${given.length}: ` +
        'call trial.values(…) before it ends.',
    );
  }
  const values: number[] = [];
  for (const [place, value] of given.entries()) {
    const number: unknown = notFinite.includes(value) ? Number(value) : value;
    if (typeof number !== 'number') return failure('Bug', `value ${place} of a slice is no number.`);
    const rounded = Math.fround(number);
    if (!Number.isFinite(rounded)) return failure('Diverged', `value ${place} of a slice is ${rounded}.`);
    // −0 is no JSON number of its own: it would not survive the journal.
    values.push(rounded === 0 ? 0 : rounded);
  }
  return values;
}

function wantedValues(slice: Slice): {
  readonly least: number;
  readonly most: number;
  readonly text: string;
} {
  switch (slice.kind) {
    case 'score':
      return { least: slice.count, most: slice.count, text: `${slice.count} values, one for each draw` };
    case 'mix':
      return {
        least: slice.values ?? (slice.alphaSteps ? 1 : 0),
        most: slice.values ?? sliceValueLimit,
        text: `${slice.values === undefined ? '' : `${slice.values} values, `}the parameters of the mixture`,
      };
    case 'embed':
      return {
        least: slice.values ?? 1,
        most: slice.values ?? sliceValueLimit,
        text: `${slice.values === undefined ? '' : `${slice.values} values, `}the numbers of the embedding`,
      };
    case 'train':
    case 'evaluate':
      return { least: 0, most: sliceValueLimit, text: 'any number of values' };
    default:
      return unreachable(slice, 'slice');
  }
}

function failure(failureClass: FailureClass, message: string): Failed {
  return { kind: 'failed', class: failureClass, message };
}
