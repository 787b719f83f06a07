import { OptionNames, points, type Point, type Space, toDict } from '../../search-spaces/index.js';
import type { ReportColumn } from './report-data.js';

/** Decisions of a level that a page shows; a space may have thousands. */
const columnLimit = 120;

/** The decisions of a level as columns, and each trial as a row of them. */
export class LevelColumns {
  private readonly columns = new Map<string, GrowingColumn>();
  private readonly spaces = new Map<string, readonly KnownPoint[]>();
  /** Decisions that found no room. */
  private readonly beyond = new Set<string>();

  /** How many decisions are left out. */
  get more(): number {
    return this.beyond.size;
  }

  /** The columns so far; those of later spaces follow them. */
  list(): readonly ReportColumn[] {
    return [...this.columns.values()].map(columnOf);
  }

  /**
   * Takes the space of a search of the level; they differ where an outer level decided a part of them. Answers how a
   * genome of that space reads in the order of all columns so far: null for decisions that are not active in it.
   */
  reader(space: Space): (genome: readonly number[]) => readonly (number | null)[] {
    const known = this.pointsOf(space);
    return (genome) => {
      const active = toDict(space, genome);
      const row: (number | null)[] = Array.from({ length: this.columns.size }, () => null);
      for (const { id, at, options } of known) {
        const value = active[id];
        if (typeof value === 'number') row[at] = options === null ? value : (options[value] ?? null);
      }
      return row;
    };
  }

  private pointsOf(space: Space): readonly KnownPoint[] {
    const key = JSON.stringify(space);
    const before = this.spaces.get(key);
    if (before !== undefined) return before;
    const names = new OptionNames(space);
    const all = points(space);
    const paths = new Map<string, number>();
    for (const { path } of all) paths.set(path, (paths.get(path) ?? 0) + 1);
    const known = all.flatMap((point): readonly KnownPoint[] => {
      // Under exclusive candidates the same path may stand for different decisions.
      const name = paths.get(point.path) === 1 && point.path !== '' ? point.path : point.id;
      const column = this.column(point, name === '' ? 'value' : name);
      if (column === null) return [];
      const at = [...this.columns.keys()].indexOf(point.id);
      return [{ id: point.id, at, options: widen(column, point, names) }];
    });
    this.spaces.set(key, known);
    return known;
  }

  private column({ id, node, when }: Point, name: string): GrowingColumn | null {
    const before = this.columns.get(id);
    if (before !== undefined) return before;
    if (this.columns.size >= columnLimit) {
      this.beyond.add(id);
      return null;
    }
    const isCategory = node.kind === 'choice' || node.kind === 'picks';
    const made: GrowingColumn = isCategory
      ? { kind: 'category', id, name, when, options: new Map() }
      : { kind: 'number', id, name, when, low: Infinity, high: -Infinity, log: false, step: null };
    this.columns.set(id, made);
    return made;
  }
}

interface KnownPoint {
  readonly id: string;
  /** Place among the columns. */
  readonly at: number;
  /** Place in the column of each option of the point; null for numbers. */
  readonly options: readonly number[] | null;
}

interface ColumnHead {
  readonly id: string;
  readonly name: string;
  readonly when: ReportColumn['when'];
}

type GrowingColumn =
  | (ColumnHead & { readonly kind: 'category'; readonly options: Map<string, number> })
  | (ColumnHead & {
      readonly kind: 'number';
      low: number;
      high: number;
      log: boolean;
      step: number | null;
    });

/** Makes room in a column for the values of a point; answers where the options of a choice stand in it. */
function widen(column: GrowingColumn, { node }: Point, names: OptionNames): readonly number[] | null {
  switch (node.kind) {
    case 'choice':
    case 'picks': {
      if (column.kind !== 'category') return [];
      const found = Array.from({ length: node.of }, (_unused, option) => names.nameOf(node.id, [option]));
      return found.map((text, option) => {
        // Two options of one decision may look alike, such as two spaces that begin with the same members.
        const name = found.indexOf(text) === option ? text : `${text} (${option})`;
        const place = column.options.get(name) ?? column.options.size;
        column.options.set(name, place);
        return place;
      });
    }
    case 'int':
    case 'float':
    case 'length': {
      if (column.kind !== 'number') return [];
      column.low = Math.min(column.low, node.min);
      column.high = Math.max(column.high, node.max);
      column.log = node.kind !== 'length' && node.scale === 'log';
      column.step = node.kind === 'float' ? null : node.kind === 'int' ? node.step : 1;
      return null;
    }
    default:
      return node satisfies never;
  }
}

function columnOf(column: GrowingColumn): ReportColumn {
  if (column.kind === 'number') return { ...column };
  return { ...column, options: [...column.options.keys()] };
}
