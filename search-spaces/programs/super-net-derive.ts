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
 * Picks that differ may have one list of logits under the id of their multi-choice: the largest of them are taken, then
 * sorted where the multi-choice is. Else picks are taken in order, each among the candidates that keep the multi-choice
 * distinct and sorted where it has to be. Logits inside a candidate may stand under the ids of all picks, such as
 * `ops[*][=0/2].width`. Decisions that are not active need no logits. A view in place of the space has no constraints. Throws `SpaceError` `missing_decision`, `unknown_key`,
 * `shape_mismatch`, `not_finite` or a code of `validate`.
 */
export function derive(
  { controls, space }: { readonly controls: View; readonly space: SuperNet['space'] | View },
  logits: Logits,
): Genome {
  const known = idsOf(controls);
  for (const id of Object.keys(logits)) {
    if (!known.has(id)) refuse('unknown_key', id, 'no decision of the supernet has this id.');
  }
  const reader = new LogitReader(logits);
  reader.view(controls, '', { own: '', shared: '' });
  return valueOrThrow(validate(space, reader.numbers));
}

// A search derives from one view after each of its epochs.
const knownIds = new WeakMap<View, ReadonlySet<string>>();

/** The ids under which a view's decisions may have logits. */
function idsOf(controls: View): ReadonlySet<string> {
  const before = knownIds.get(controls);
  if (before !== undefined) return before;
  const known = new Set(points(controls).map(({ id }) => id));
  addSharedIds(controls, '', '', known);
  knownIds.set(controls, known);
  return known;
}

/** The ids of decisions as a supernet has them whose different picks are one sum. `shared` stands for `template` here. */
function addSharedIds({ nodes }: View, template: string, shared: string, known: Set<string>): void {
  for (const node of nodes) {
    const id = shared + node.id.slice(template.length);
    if (node.kind === 'int' || node.kind === 'float') known.add(id);
    else if (node.kind !== 'picks' || node.k === 1 || isOneSum(node)) {
      known.add(id);
      const [from, to] =
        node.kind === 'picks' && node.k > 1 ? [elementId(node.id, '*'), elementId(id, '*')] : [node.id, id];
      for (const sub of node.sub)
        addSharedIds(
          sub,
          node.kind === 'length' ? listId(from) : from,
          node.kind === 'length' ? listId(to) : to,
          known,
        );
    } else {
      for (let pick = 0; pick < node.k; pick++) {
        known.add(elementId(id, pick));
        for (const sub of node.sub) addSharedIds(sub, elementId(node.id, '*'), elementId(id, pick), known);
      }
    }
  }
}

/** Whether the picks of a multi-choice are one sum of different candidates. */
function isOneSum({ distinct, permutation }: PicksNode): boolean {
  return distinct && !permutation;
}

/** The id of a decision, and the one that it has where different picks are one sum. */
interface Ids {
  readonly own: string;
  readonly shared: string;
}

const below = ({ own, shared }: Ids, more: string): Ids => ({ own: own + more, shared: shared + more });
const pickOf = ({ own, shared }: Ids, pick: number, sharedPick: number | '*'): Ids => ({
  own: elementId(own, pick),
  shared: elementId(shared, sharedPick),
});

class LogitReader {
  readonly numbers: number[] = [];
  private readonly logits: Logits;

  constructor(logits: Logits) {
    this.logits = logits;
  }

  /** Reads a view whose ids start with `template`, which is `actual` here. */
  view(view: View | undefined, template: string, actual: Ids): void {
    for (const node of view?.nodes ?? []) {
      const id = below(actual, node.id.slice(template.length));
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
            const list = { own: listId(id.own), shared: listId(id.shared) };
            this.view(sub, elementId(listId(node.id), i), pickOf(list, i, i));
          });
          break;
        }
        default:
          node satisfies never;
      }
    }
  }

  private picks(node: PicksNode, id: Ids): void {
    const { id: template, k, of, distinct, sorted, sub } = node;
    const inner = k === 1 ? template : elementId(template, '*');
    const idOf = (pick: number): Ids => (k === 1 ? id : pickOf(id, pick, isOneSum(node) ? '*' : pick));
    const all = k > 1 && isOneSum(node) ? this.ownOrShared(id) : undefined;
    if (all !== undefined) {
      this.largest(id, all, node).forEach((index, pick) => {
        this.numbers.push(index);
        this.view(sub[index], inner, idOf(pick));
      });
      return;
    }
    const taken: number[] = [];
    for (let pick = 0; pick < k; pick++) {
      const own = k === 1 ? id : pickOf(id, pick, pick);
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
      this.view(sub[index], inner, idOf(pick));
    }
  }

  /** The candidates with the k largest logits, the lower of equals, from the largest on or sorted. */
  private largest(
    { own: id }: Ids,
    given: number | readonly number[],
    { of, k, sorted }: PicksNode,
  ): readonly number[] {
    if (typeof given === 'number' || given.length !== of)
      return refuse('shape_mismatch', id, `${of} logits are needed, not ${show(given)}.`);
    for (const logit of given) checkLogit(logit, id);
    const best = given
      .map((logit, index) => ({ logit, index }))
      .sort((a, b) => b.logit - a.logit || a.index - b.index);
    const taken = best.slice(0, k).map(({ index }) => index);
    return sorted ? taken.sort((a, b) => a - b) : taken;
  }

  /** The allowed outcome, counted from `first`, with the largest logit. */
  private outcome(ids: Ids, first: number, count: number, isAllowed: (index: number) => boolean): number {
    const { own: id } = ids;
    const given = this.given(ids);
    if (typeof given === 'number') return given;
    if (!Array.isArray(given) || given.length !== count) {
      return refuse('shape_mismatch', id, `${count} logits or the outcome are needed, not ${show(given)}.`);
    }
    let best = -1;
    given.forEach((logit, i) => {
      checkLogit(logit, id);
      if (isAllowed(i) && (best === -1 || logit > (given[best] ?? 0))) best = i;
    });
    return first + best;
  }

  private number(node: IntNode | FloatNode, id: Ids): number {
    const given = this.given(id);
    if (typeof given === 'number') return given;
    return refuse('shape_mismatch', id.own, `the ${node.kind} needs its number, not ${show(given)}.`);
  }

  private given(ids: Ids): number | readonly number[] {
    return (
      this.ownOrShared(ids) ??
      refuse('missing_decision', ids.own, 'the decision is active and has no logits.')
    );
  }

  private ownOrShared({ own, shared }: Ids): number | readonly number[] | undefined {
    const id = [own, shared].find((each) => Object.hasOwn(this.logits, each));
    return id === undefined ? undefined : this.logits[id];
  }
}

function checkLogit(logit: unknown, id: string): void {
  if (typeof logit !== 'number' || logit - logit !== 0)
    refuse('not_finite', id, `the logit ${show(logit)} is not a finite number.`);
}

function refuse(code: SpaceErrorCode, id: string, detail: string): never {
  throw new SpaceError({ code, id, pos: null, detail });
}
