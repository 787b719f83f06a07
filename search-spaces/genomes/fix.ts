import { compile } from './compile.js';
import { candidateId, elementId, lengthId } from '../language/decision-id.js';
import { shapeOf } from '../language/decision-kinds.js';
import type { PicksShape } from '../language/decision-shape.js';
import { parseSpace } from '../language/parse-space.js';
import { points } from './point.js';
import { withRemainingConstraints } from '../language/remaining-constraints.js';
import type { GenomeCode } from '../ground/space-error.js';
import { SpaceError } from '../ground/space-error.js';
import type { Decision, Space } from '../language/space.js';
import { mapDecision, mapSpace } from '../language/space-form.js';
import { validate } from './validate.js';

/** What was chosen at decisions, by id or name: indices, values and lengths as in a genome. */
export type Choices = { readonly [idOrName: string]: number };

/**
 * The space with some decisions made; those below a chosen candidate may be given too. A multi-choice needs all of its
 * picks. A constraint on a place that can no longer exist is satisfied. Throws `SpaceError` `unknown_key`,
 * `inactive_decision`, `missing_decision` or a code of `validate`.
 */
export function fix(space: Space, choices: Choices): Space {
  compile(space);
  const fixer = new Fixer(choices);
  const result = fixer.apply(space, '', '');
  fixer.refuseUnused(space);
  return parseSpace(result);
}

class Fixer {
  private readonly choices: ReadonlyMap<string, number>;
  private readonly used = new Set<string>();

  constructor(choices: Choices) {
    this.choices = new Map(Object.entries(choices));
  }

  /** The space at an id with what was chosen; copies below picks and elements carry their number in their names. */
  apply(space: Space, id: string, repetition: string): Space {
    return mapSpace(
      space,
      id,
      (decision, own) => this.decision(decision, own, repetition),
      withRemainingConstraints,
    );
  }

  private decision(decision: Decision, id: string, repetition: string): Space {
    const shape = shapeOf(decision);
    switch (shape.kind) {
      case 'choice':
        return this.choice(decision, shape.candidates, id, repetition);
      case 'int':
      case 'float':
        return this.given(decision, id, repetition) ?? withSuffix(decision, repetition);
      case 'picks':
        return this.picks(decision, shape, id, repetition);
      case 'length': {
        const length = this.given(decision, lengthId(id), repetition);
        if (length === undefined) return withSuffixes(decision, repetition);
        return Array.from({ length }, (_, i) =>
          this.apply(shape.of, elementId(id, i), `${repetition}[${i}]`),
        );
      }
      default:
        return shape satisfies never;
    }
  }

  /** The chosen candidate; where none is chosen, decisions in every candidate may be. */
  private choice(decision: Decision, candidates: readonly Space[], id: string, repetition: string): Space {
    const inside = (index: number): Space =>
      this.apply(candidates[index] ?? null, candidateId(id, index, candidates.length), repetition);
    const chosen = this.given(decision, id, repetition);
    if (chosen !== undefined) return inside(chosen);
    return mapDecision(withSuffix(decision, repetition), (_, i) => inside(i));
  }

  private picks(decision: Decision, { candidates, k }: PicksShape, id: string, repetition: string): Space {
    const picks = Array.from({ length: k }, (_, pick) => ({
      id: k === 1 ? id : elementId(id, pick),
      repetition: k === 1 ? repetition : `${repetition}[${pick}]`,
    }));
    const keys = picks.map((pick) => this.key(pick.id, decision.name, pick.repetition));
    if (keys.every((key) => key === undefined)) return withSuffixes(decision, repetition);
    const numbers = keys.map((key, pick) =>
      key === undefined
        ? refuse('missing_decision', picks[pick]?.id ?? id, 'a multi-choice is fixed with all of its picks.')
        : this.take(key),
    );
    check(withIndices(decision), numbers, id);
    return picks.map((pick, i) => {
      const index = numbers[i] ?? 0;
      return this.apply(
        candidates[index] ?? null,
        candidateId(pick.id, index, candidates.length),
        pick.repetition,
      );
    });
  }

  private given(decision: Decision, id: string, repetition: string): number | undefined {
    const key = this.key(id, decision.name, repetition);
    if (key === undefined) return undefined;
    const number = this.take(key);
    check(withIndices(decision), [number], id);
    return number;
  }

  private key(id: string, name: string | undefined, repetition: string): string | undefined {
    if (this.choices.has(id)) return id;
    const byName = name === undefined ? undefined : name + repetition;
    return byName !== undefined && this.choices.has(byName) ? byName : undefined;
  }

  private take(key: string): number {
    this.used.add(key);
    return this.choices.get(key) ?? 0;
  }

  refuseUnused(space: Space): void {
    const known = new Set(points(space).flatMap(({ id, node }) => [id, node.name ?? id]));
    for (const key of this.choices.keys()) {
      if (this.used.has(key)) continue;
      if (!known.has(key) && !known.has(key.replace(/(?:\[\d+\])+$/, ''))) {
        refuse('unknown_key', key, 'no decision has this id or name.');
      }
      refuse('inactive_decision', key, 'what is decided above it excludes it or is not fixed.');
    }
  }
}

function refuse(code: GenomeCode, id: string, detail: string): never {
  throw new SpaceError({ code, id, pos: null, detail });
}

/** A decision below a pick or an element: its name says which copy it is, because names are unique. */
function withSuffix<D extends Decision>(decision: D, repetition: string): D {
  return decision.name === undefined || repetition === ''
    ? decision
    : { ...decision, name: decision.name + repetition };
}

/** The same for everything in it. */
function withSuffixes(decision: Decision, repetition: string): Decision {
  if (repetition === '') return decision;
  return mapDecision(withSuffix(decision, repetition), (inner) =>
    mapSpace(inner, '', (below) => withSuffixes(below, repetition)),
  );
}

/** A decision without anything to decide below it. */
function withIndices(decision: Decision): Decision {
  return mapDecision(decision, (_, i) => i);
}

function check(decision: Space, numbers: readonly number[], id: string): void {
  const result = validate(decision, numbers);
  if (!result.ok) throw new SpaceError({ ...result.error, id });
}
