import type { AlgorithmDescription, DescribedDecision, StateValue } from '../../algorithms/index.js';
import { OptionNames, type Space } from '../../search-spaces/language/index.js';
import type { AlgorithmDecision, AlgorithmView } from './progress.js';
import type { SearchPlan } from './search-plan.js';

/** How much of a view a caller wants, because a space may have thousands of decisions with hundreds of options. */
export interface ViewLimits {
  /** Decisions of each group. */
  readonly decisions: number;
  readonly options: number;
}

/** How much the query `algorithm` answers. */
export const answerLimits: ViewLimits = { decisions: 200, options: 8 };

const names = new WeakMap<object, OptionNames>();

/** What an algorithm has learned, with names in place of genomes; null where it has nothing to tell. */
export function algorithmView(
  { algorithm, level }: SearchPlan,
  state: StateValue,
  limits: ViewLimits,
): AlgorithmView | null {
  const described: AlgorithmDescription | null = algorithm.describe?.(state) ?? null;
  if (described === null) return null;
  const optionNames = namesOf(level.space);
  const groups = described.groups.map(({ name, figures, decisions }) => ({
    name,
    figures,
    decisions: decisions.slice(0, limits.decisions).map((one) => decisionView(one, optionNames, limits)),
    moreDecisions: Math.max(0, decisions.length - limits.decisions),
  }));
  const { figures, notes, warning, history } = described;
  return {
    ...{ algorithm: algorithm.name, figures, groups, warning },
    ...(notes === undefined ? {} : { notes }),
    ...(history === undefined || history.rows.length === 0 ? {} : { history }),
  };
}

function decisionView(
  { id, node, options, probabilities }: DescribedDecision,
  optionNames: OptionNames,
  limits: ViewLimits,
): AlgorithmDecision {
  const places = options.map((_, place) => place);
  const probabilityAt = (place: number): number => probabilities[place] ?? 0;
  const shown =
    places.length <= limits.options
      ? places
      : places.sort((a, b) => probabilityAt(b) - probabilityAt(a) || a - b).slice(0, limits.options);
  return {
    id,
    options: shown.map((place) => ({
      name: optionNames.nameOf(node, options[place] ?? []),
      probability: probabilityAt(place),
    })),
    moreOptions: options.length - shown.length,
  };
}

function namesOf(space: Space): OptionNames {
  // A scalar is a space too, without any decision.
  if (typeof space !== 'object' || space === null) return new OptionNames(space);
  const known = names.get(space);
  if (known !== undefined) return known;
  const made = new OptionNames(space);
  names.set(space, made);
  return made;
}
