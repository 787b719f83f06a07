import { elementId, listId } from '../language/decision-id.js';
import type { Genome } from '../views/genome.js';
import { points } from '../genomes/point.js';
import type { SpaceErrorCode } from '../ground/space-error.js';
import { show, SpaceError, valueOrThrow } from '../ground/space-error.js';
import { validate } from '../genomes/validate.js';
import type { FloatNode, IntNode, PicksNode, View } from '../views/view.js';
import type { SuperNet } from './super-net.js';

/**
 * What was learned about the decisions of a supernet, by id: one logit per candidate, or per length from the least
 * on; a number is the outcome itself.
 */
export type Logits = { readonly [id: string]: number | readonly number[] };

/**
 * The point that logits favour: at every active decision the outcome with the largest logit, the lower one of equals.
 * Picks are taken in order, each among the candidates that keep the multi-choice distinct and sorted where it has to
 * be. Decisions that are not active need no logits. Throws `SpaceError` `missing_decision`, `unknown_key`,
 * `shape_mismatch`, `not_finite` or a code of `validate`.
 */
export function derive({ controls, space }: Pick<SuperNet, 'controls' | 'space'>, logits: Logits): Genome {
  const known = new Set(points(controls).map(({ id }) => id));
  for (const id of Object.keys(logits)) {
    if (!known.has(id)) refuse('unknown_key', id, 'no decision of the supernet has this id.');
  }
  const reader = new LogitReader(logits);
  reader.view(controls, '', '');
  return valueOrThrow(validate(space, reader.numbers));
}

class LogitReader {
  readonly numbers: number[] = [];
  private readonly logits: Logits;

  constructor(logits: Logits) {
    this.logits = logits;
  }

  /** Reads a view whose ids start with `template`, which is `actual` here. */
  view(view: View | undefined, template: string, actual: string): void {
    for (const node of view?.nodes ?? []) {
      const id = actual + node.id.slice(template.length);
      switch (node.kind) {
        case 'choice': {
          const index = this.outcome(id, 0, node.of, () => true);
          this.numbers.push(index);
          this.view(node.sub[index], node.id, id);
          break;
        }
        case 'picks':
          this.picks(node, id);
          break;
        case 'int':
        case 'float':
          this.numbers.push(this.number(node, id));
          break;
        case 'length': {
          const length = this.outcome(id, node.min, node.max - node.min + 1, () => true);
          this.numbers.push(length);
          node.sub.slice(0, Math.max(0, length)).forEach((sub, i) => {
            this.view(sub, elementId(listId(node.id), i), elementId(listId(id), i));
          });
          break;
        }
        default:
          node satisfies never;
      }
    }
  }

  private picks({ id: template, k, of, distinct, sorted, sub }: PicksNode, id: string): void {
    const taken: number[] = [];
    for (let pick = 0; pick < k; pick++) {
      const own = k === 1 ? id : elementId(id, pick);
      const least = sorted ? (taken.at(-1) ?? 0) : 0;
      // Sorted picks that differ leave enough candidates above for those still to come.
      const most = sorted && distinct ? of - (k - pick) : of - 1;
      const index = this.outcome(
        own,
        0,
        of,
        (i) => i >= least && i <= most && !(distinct && taken.includes(i)),
      );
      taken.push(index);
      this.numbers.push(index);
      this.view(sub[index], k === 1 ? template : elementId(template, '*'), own);
    }
  }

  /** The allowed outcome, counted from `first`, with the largest logit. */
  private outcome(id: string, first: number, count: number, isAllowed: (index: number) => boolean): number {
    const given = this.given(id);
    if (typeof given === 'number') return given;
    if (!Array.isArray(given) || given.length !== count) {
      return refuse('shape_mismatch', id, `${count} logits or the outcome are needed, not ${show(given)}.`);
    }
    let best = -1;
    given.forEach((logit, i) => {
      if (typeof logit !== 'number' || logit - logit !== 0) {
        refuse('not_finite', id, `the logit ${show(logit)} is not a finite number.`);
      }
      if (isAllowed(i) && (best === -1 || logit > (given[best] ?? 0))) best = i;
    });
    return first + best;
  }

  private number(node: IntNode | FloatNode, id: string): number {
    const given = this.given(id);
    if (typeof given === 'number') return given;
    return refuse('shape_mismatch', id, `the ${node.kind} needs its number, not ${show(given)}.`);
  }

  private given(id: string): number | readonly number[] {
    const given = Object.hasOwn(this.logits, id) ? this.logits[id] : undefined;
    return given ?? refuse('missing_decision', id, 'the decision is active and has no logits.');
  }
}

function refuse(code: SpaceErrorCode, id: string, detail: string): never {
  throw new SpaceError({ code, id, pos: null, detail });
}
