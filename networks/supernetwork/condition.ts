/** Whether a decision has one of several outcomes. */
export interface OutcomeCondition {
  readonly kind: 'outcome';
  readonly choice: string;
  readonly outcomes: readonly number[];
}

/** A condition on decisions under which a child has a term. */
export type TermCondition =
  | OutcomeCondition
  /** One of these holds at least. */
  | { readonly kind: 'anyOf'; readonly of: readonly OutcomeCondition[] }
  /** None of these holds. */
  | { readonly kind: 'noneOf'; readonly of: readonly OutcomeCondition[] };

/** A condition on decisions under which a branch is taken. */
export type Condition =
  | TermCondition
  | { readonly kind: 'picked'; readonly choices: readonly string[]; readonly candidate: number };

/** Whether a condition holds for the outcomes of the decisions. */
export function holds(condition: Condition, outcomeOf: (choice: string) => number): boolean {
  const hasOutcome = ({ choice, outcomes }: OutcomeCondition): boolean =>
    outcomes.includes(outcomeOf(choice));
  switch (condition.kind) {
    case 'outcome':
      return hasOutcome(condition);
    case 'anyOf':
      return condition.of.some(hasOutcome);
    case 'noneOf':
      return !condition.of.some(hasOutcome);
    case 'picked':
      return condition.choices.some((choice) => outcomeOf(choice) === condition.candidate);
    default:
      return condition satisfies never;
  }
}

/** The decisions that a condition reads. */
export function choicesIn(condition: Condition): readonly string[] {
  switch (condition.kind) {
    case 'outcome':
      return [condition.choice];
    case 'anyOf':
    case 'noneOf':
      return condition.of.map(({ choice }) => choice);
    case 'picked':
      return condition.choices;
    default:
      return condition satisfies never;
  }
}

/** The single outcomes that a term's condition asks for. */
export function outcomesIn(condition: TermCondition): readonly OutcomeCondition[] {
  return condition.kind === 'outcome' ? [condition] : condition.of;
}

/**
 * What is left of a term's condition when decisions have some outcomes only: the condition on those that still decide, or
 * whether it always or never holds.
 */
export function remaining(
  condition: TermCondition,
  allowedOf: (choice: string) => readonly number[],
): TermCondition | 'always' | 'never' {
  let isCertain = false;
  const open = outcomesIn(condition).flatMap((one) => {
    const allowed = allowedOf(one.choice);
    const outcomes = one.outcomes.filter((outcome) => allowed.includes(outcome));
    if (outcomes.length === allowed.length) isCertain = true;
    return outcomes.length === 0 ? [] : [{ ...one, outcomes }];
  });
  const [first] = open;
  const isNone = condition.kind === 'noneOf';
  if (isCertain) return isNone ? 'never' : 'always';
  if (first === undefined) return isNone ? 'always' : 'never';
  return condition.kind === 'outcome' ? first : { kind: condition.kind, of: open };
}

/** Whether one condition holds wherever another does, as far as single outcomes tell. */
export function follows(condition: Condition, from: Condition): boolean {
  if (condition.kind === 'picked' || from.kind === 'picked')
    return JSON.stringify(condition) === JSON.stringify(from);
  const isAmong = (one: OutcomeCondition, others: readonly OutcomeCondition[]): boolean =>
    others.some(
      (other) =>
        other.choice === one.choice && one.outcomes.every((outcome) => other.outcomes.includes(outcome)),
    );
  const [own, given] = [outcomesIn(condition), outcomesIn(from)];
  if (condition.kind === 'noneOf') return from.kind === 'noneOf' && own.every((one) => isAmong(one, given));
  return from.kind !== 'noneOf' && given.every((one) => isAmong(one, own));
}
