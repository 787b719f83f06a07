import type { Genome } from '../../search-spaces/index.js';
import type { Coordinates, Site } from './coordinates.js';

/**
 * A genome as numbers, those of each coordinate from its `slot` on. NaN in the first number of a coordinate says that
 * the decision is not active.
 */
export type Row = Float64Array;

const rows = new WeakMap<Coordinates, WeakMap<Genome, Row>>();

/** The row of a genome of the space; computed once for each genome object, never to be changed. */
export function rowOf(coordinates: Coordinates, genome: Genome): Row {
  let ofSpace = rows.get(coordinates);
  if (ofSpace === undefined) {
    ofSpace = new WeakMap();
    rows.set(coordinates, ofSpace);
  }
  const known = ofSpace.get(genome);
  if (known !== undefined) return known;
  const row = freshRow(coordinates, genome);
  ofSpace.set(genome, row);
  return row;
}

/** The same for a genome that is looked at once. */
export function freshRow(coordinates: Coordinates, genome: Genome): Row {
  const row = new Float64Array(coordinates.width).fill(NaN);
  readSites(coordinates.sites, genome, 0, row);
  return row;
}

/** Reads the numbers from `place` on and answers where they end. */
function readSites(sites: readonly Site[], genome: Genome, place: number, row: Row): number {
  let at = place;
  for (const site of sites) at = readSite(site, genome, at, row);
  return at;
}

function readSite(site: Site, genome: Genome, place: number, row: Row): number {
  const { slot } = site.coordinate;
  const number = genome[place] ?? 0;
  switch (site.kind) {
    case 'number':
    case 'index':
      row[slot] = site.coordinate.scale.unitOf(number);
      return place + 1;
    case 'choice':
      row[slot] = number;
      return readSites(site.below[number] ?? [], genome, place + 1, row);
    case 'set': {
      const { of, picks } = site.coordinate;
      row.fill(0, slot, slot + of);
      let at = place;
      for (let pick = 0; pick < picks; pick += 1) {
        const index = genome[at] ?? 0;
        const before = row[slot + index] ?? 0;
        row[slot + index] = before + 1;
        // Of a candidate that is picked several times the first one counts.
        const own = before === 0 ? row : row.slice();
        at = readSites(site.below[index] ?? [], genome, at + 1, own);
      }
      return at;
    }
    case 'order': {
      let at = place;
      for (let position = 0; position < site.coordinate.of; position += 1) {
        const index = genome[at] ?? 0;
        row[slot + index] = position;
        at = readSites(site.below[index] ?? [], genome, at + 1, row);
      }
      return at;
    }
    case 'list': {
      row[slot] = site.coordinate.scale.unitOf(number);
      let at = place + 1;
      for (const element of site.elements.slice(0, number)) at = readSites(element, genome, at, row);
      return at;
    }
    default:
      return site satisfies never;
  }
}

/** Where the numbers of each coordinate that is a quantity stand in a genome, by its place; −1 where it is not active. */
export function placesOf(coordinates: Coordinates, genome: Genome): Int32Array {
  const places = new Int32Array(coordinates.list.length).fill(-1);
  markSites(coordinates.sites, genome, 0, places);
  return places;
}

function markSites(sites: readonly Site[], genome: Genome, place: number, places: Int32Array): number {
  let at = place;
  for (const site of sites) {
    const number = genome[at] ?? 0;
    switch (site.kind) {
      case 'number':
      case 'index':
        places[site.coordinate.place] = at;
        at += 1;
        break;
      case 'choice':
        at = markSites(site.below[number] ?? [], genome, at + 1, places);
        break;
      case 'set':
      case 'order': {
        const picks = site.kind === 'set' ? site.coordinate.picks : site.coordinate.of;
        for (let pick = 0; pick < picks; pick += 1)
          at = markSites(site.below[genome[at] ?? 0] ?? [], genome, at + 1, places);
        break;
      }
      case 'list':
        // A list that becomes longer needs elements: its length is no number that may just change.
        at += 1;
        for (const element of site.elements.slice(0, number)) at = markSites(element, genome, at, places);
        break;
      default:
        site satisfies never;
    }
  }
  return at;
}
