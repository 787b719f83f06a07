import type { View, ViewNode } from '../../search-spaces/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import { floatScale, intScale, steppedScale, type NumberScale } from './number-scale.js';

interface CoordinateBase {
  /** Place in the list of coordinates. */
  readonly place: number;
  /** Where its numbers begin in a row. */
  readonly slot: number;
  /** How many numbers of a row are its own. */
  readonly slots: number;
  /** Id of the decision in the view; below a multi-choice several coordinates may share it. */
  readonly node: string;
}

/** A quantity: an int, a float, a choice among numbers in order, the length of a list. Its number is in [0, 1]. */
export interface NumberCoordinate extends CoordinateBase {
  readonly kind: 'number';
  readonly scale: NumberScale;
}

/** One of several candidates, or one of the picks of a multi-choice. Its number is the index. */
export interface ChoiceCoordinate extends CoordinateBase {
  readonly kind: 'choice';
  readonly of: number;
  readonly weights: readonly number[] | null;
}

/** The picks of a multi-choice that is sorted or distinct. Its numbers say how often each candidate is picked. */
export interface SetCoordinate extends CoordinateBase {
  readonly kind: 'set';
  readonly of: number;
  readonly picks: number;
  readonly distinct: boolean;
  readonly sorted: boolean;
}

/** A permutation. Its numbers are the positions of the candidates. */
export interface OrderCoordinate extends CoordinateBase {
  readonly kind: 'order';
  readonly of: number;
}

/** What algorithms that model scores see of a decision. */
export type Coordinate = NumberCoordinate | ChoiceCoordinate | SetCoordinate | OrderCoordinate;

/** Where a decision stands in a genome, with what is decided below each of its candidates or in its elements. */
export type Site =
  | { readonly kind: 'number' | 'index'; readonly coordinate: NumberCoordinate }
  | {
      readonly kind: 'choice';
      readonly coordinate: ChoiceCoordinate;
      readonly below: readonly (readonly Site[])[];
    }
  | {
      readonly kind: 'set';
      readonly coordinate: SetCoordinate;
      readonly below: readonly (readonly Site[])[];
    }
  | {
      readonly kind: 'order';
      readonly coordinate: OrderCoordinate;
      readonly below: readonly (readonly Site[])[];
    }
  | {
      readonly kind: 'list';
      readonly coordinate: NumberCoordinate;
      readonly elements: readonly (readonly Site[])[];
    };

/** The decisions of a space as coordinates, and as the tree in which genomes have them. */
export interface Coordinates {
  readonly list: readonly Coordinate[];
  readonly sites: readonly Site[];
  /** Numbers of a row. */
  readonly width: number;
}

/** More would make each proposal slow, and leave the state no room for points. */
const mostCoordinates = 2_048;

const known = new WeakMap<View, Coordinates>();

/** The coordinates of a view, computed once; throws `AlgorithmError` where there are too many. */
export function coordinatesOf(view: View, algorithm: string): Coordinates {
  const before = known.get(view);
  if (before !== undefined) return before;
  const collector = new Collector(algorithm);
  const sites = collector.sites(view);
  const made = { list: collector.list, sites, width: collector.width };
  known.set(view, made);
  return made;
}

class Collector {
  readonly list: Coordinate[] = [];
  width = 0;

  constructor(private readonly algorithm: string) {}

  sites(view: View): readonly Site[] {
    return view.nodes.flatMap((node) => this.sitesOf(node));
  }

  private sitesOf(node: ViewNode): readonly Site[] {
    switch (node.kind) {
      case 'int':
        return [{ kind: 'number', coordinate: this.number(node.id, intScale(node)) }];
      case 'float':
        return [{ kind: 'number', coordinate: this.number(node.id, floatScale(node)) }];
      case 'choice': {
        if (node.ordered === true)
          return [{ kind: 'index', coordinate: this.number(node.id, steppedScale(0, 1, node.of)) }];
        return [this.choice(node)];
      }
      case 'picks': {
        const { id, k, of, distinct, sorted, permutation, sub } = node;
        if (permutation) {
          const coordinate = this.add<OrderCoordinate>({ kind: 'order', node: id, slots: of, of });
          return [{ kind: 'order', coordinate, below: sub.map((inner) => this.sites(inner)) }];
        }
        if (distinct || sorted) {
          const coordinate = this.add<SetCoordinate>({
            kind: 'set',
            node: id,
            slots: of,
            of,
            picks: k,
            distinct,
            sorted,
          });
          return [{ kind: 'set', coordinate, below: sub.map((inner) => this.sites(inner)) }];
        }
        return Array.from({ length: k }, () => this.choice(node));
      }
      case 'length': {
        const { id, min, max, sub } = node;
        const coordinate = this.number(id, steppedScale(min, 1, max - min + 1));
        return [{ kind: 'list', coordinate, elements: sub.map((inner) => this.sites(inner)) }];
      }
      default:
        return node satisfies never;
    }
  }

  private choice({ id, of, weights, sub }: Extract<ViewNode, { kind: 'choice' | 'picks' }>): Site {
    const coordinate = this.add<ChoiceCoordinate>({
      kind: 'choice',
      node: id,
      slots: 1,
      of,
      weights: weights ?? null,
    });
    return { kind: 'choice', coordinate, below: sub.map((inner) => this.sites(inner)) };
  }

  private number(node: string, scale: NumberScale): NumberCoordinate {
    return this.add<NumberCoordinate>({ kind: 'number', node, slots: 1, scale });
  }

  private add<C extends Coordinate>(own: Omit<C, 'place' | 'slot'>): C {
    if (this.list.length === mostCoordinates) {
      throw new AlgorithmError(
        `${this.algorithm} models at most ${mostCoordinates} decisions and this space has more: use random() or regularizedEvolution()`,
      );
    }
    // The generic says which coordinate it is: TypeScript does not follow a spread over a union.
    const coordinate = { ...own, place: this.list.length, slot: this.width } as C;
    this.list.push(coordinate);
    this.width += own.slots;
    return coordinate;
  }
}
