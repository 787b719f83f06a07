import type { Genome } from '../../search-spaces/index.js';
import type {
  ChoiceCoordinate,
  Coordinates,
  NumberCoordinate,
  OrderCoordinate,
  SetCoordinate,
  Site,
} from './coordinates.js';

/** Decides the active coordinates of a genome, outer before inner. */
export interface Decider {
  /** A place in [0, 1]. */
  readonly number: (coordinate: NumberCoordinate) => number;
  /** An index. */
  readonly choice: (coordinate: ChoiceCoordinate) => number;
  /** As many indices as there are picks. */
  readonly set: (coordinate: SetCoordinate) => readonly number[];
  /** The candidates by position. */
  readonly order: (coordinate: OrderCoordinate) => readonly number[];
}

/** The genome that a decider decides. */
export function decidedGenome({ sites }: Coordinates, decider: Decider): Genome {
  const numbers: number[] = [];
  decideSites(sites, decider, numbers);
  return numbers;
}

function decideSites(sites: readonly Site[], decider: Decider, out: number[]): void {
  for (const site of sites) decideSite(site, decider, out);
}

function decideSite(site: Site, decider: Decider, out: number[]): void {
  switch (site.kind) {
    case 'number':
    case 'index':
      out.push(site.coordinate.scale.valueAt(decider.number(site.coordinate)));
      return;
    case 'choice': {
      const index = decider.choice(site.coordinate);
      out.push(index);
      decideSites(site.below[index] ?? [], decider, out);
      return;
    }
    case 'set': {
      const picked = decider.set(site.coordinate);
      const indices = site.coordinate.sorted ? picked.toSorted((a, b) => a - b) : picked;
      for (const index of indices) {
        out.push(index);
        decideSites(site.below[index] ?? [], decider, out);
      }
      return;
    }
    case 'order':
      for (const index of decider.order(site.coordinate)) {
        out.push(index);
        decideSites(site.below[index] ?? [], decider, out);
      }
      return;
    case 'list': {
      const length = site.coordinate.scale.valueAt(decider.number(site.coordinate));
      out.push(length);
      for (const element of site.elements.slice(0, length)) decideSites(element, decider, out);
      return;
    }
    default:
      site satisfies never;
  }
}
