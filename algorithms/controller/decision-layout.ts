import type { View } from '../../search-spaces/index.js';
import { checkLogits, headsOf, initialLogits, type Head, type HeadTree } from '../policy-gradient/heads.js';
import { controllerName } from './controller-options.js';

/** A layer of a macro space: the heads of its operation and of its skips, by the earlier layers. */
export interface MacroLayer {
  readonly operation: number;
  readonly skips: readonly number[];
}

/** A block of a micro space: the heads of its two inputs and of its two operations. */
export interface MicroBlock {
  readonly indices: readonly [number, number];
  readonly operations: readonly [number, number];
}

/** In which order the controller decides, and what it attends to. Numbers are places in the list of heads. */
export type DecisionOrder =
  | { readonly kind: 'generic' }
  | { readonly kind: 'macro'; readonly layers: readonly MacroLayer[] }
  | { readonly kind: 'micro'; readonly cells: readonly (readonly MicroBlock[])[] };

/** The decisions of a space as the controller takes them. */
export interface DecisionLayout {
  readonly tree: HeadTree;
  readonly order: DecisionOrder;
  /** Numbers of options of the classes; heads of one class share their embeddings and output weights. */
  readonly classes: readonly number[];
  /** The class of each head; −1 for one that attention decides. */
  readonly classOf: readonly number[];
  /** Added to the logits of all options: declared frequencies before anything was learned, else zeros. */
  readonly firstLogits: Float64Array;
}

const layouts = new WeakMap<View, Map<string, DecisionLayout>>();

/** The decisions of a view. Computed once per view; throws `AlgorithmError` for a space with too many options. */
export function layoutOf(view: View, layout: 'auto' | 'generic', bins: number): DecisionLayout {
  const key = `${layout} ${bins}`;
  const known = layouts.get(view)?.get(key);
  if (known !== undefined) return known;
  const tree = headsOf(view, {
    algorithm: controllerName,
    points: { at: 'centres', count: bins },
    intWeights: 'by-scale',
    dependentPicks: 'masked',
    elements: 'shared',
    mostOptions: Infinity,
  });
  checkLogits(tree, 'bins');
  const order = layout === 'generic' ? { kind: 'generic' as const } : orderOf(tree.heads);
  const made = { tree, order, ...classesOf(tree.heads, order), firstLogits: initialLogits(tree) };
  const byKey = layouts.get(view) ?? new Map<string, DecisionLayout>();
  layouts.set(view, byKey.set(key, made));
  return made;
}

function orderOf(heads: readonly Head[]): DecisionOrder {
  const layers = macroLayers(heads);
  if (layers !== null) return { kind: 'macro', layers };
  const cells = microCells(heads);
  return cells === null ? { kind: 'generic' } : { kind: 'micro', cells };
}

/** Layers that have an operation each, out of equally many, and a skip of two options for each earlier layer. */
function macroLayers(heads: readonly Head[]): readonly MacroLayer[] | null {
  const layers: MacroLayer[] = [];
  let place = 0;
  const takes = (suffix: string, of: number): boolean => {
    const head = heads[place];
    if (head?.parent !== -1 || head.of !== of || head.id !== suffix) return false;
    place += 1;
    return true;
  };
  const [first] = heads;
  const start = first === undefined ? null : /^(.*)\[0\]\.operation$/.exec(first.id);
  if (first === undefined || start === null) return null;
  const prefix = start[1] ?? '';
  while (place < heads.length) {
    const layer = layers.length;
    const operation = place;
    if (!takes(`${prefix}[${layer}].operation`, first.of)) return null;
    const skips: number[] = [];
    for (let earlier = 0; earlier < layer; earlier += 1) {
      skips.push(place);
      if (!takes(`${prefix}[${layer}].skips[${earlier}]`, 2)) return null;
    }
    layers.push({ operation, skips });
  }
  return layers.length > 1 ? layers : null;
}

/** Cells of blocks with two inputs, out of the two of the cell and the earlier blocks, and two operations. */
function microCells(heads: readonly Head[]): readonly (readonly MicroBlock[])[] | null {
  const operations = heads[1]?.of ?? 0;
  const cells: MicroBlock[][] = [];
  let prefix: string | null = null;
  for (let place = 0; place < heads.length; place += 4) {
    const start = /^(.*)\[(\d+)\]\.index1$/.exec(heads[place]?.id ?? '');
    if (start === null) return null;
    const [, own = '', number = ''] = start;
    if (own !== prefix || cells.length === 0) cells.push([]);
    prefix = own;
    const cell = cells.at(-1) ?? [];
    const block = cell.length;
    if (number !== String(block)) return null;
    const fields = [
      ['index1', block + 2],
      ['operation1', operations],
      ['index2', block + 2],
      ['operation2', operations],
    ] as const;
    const fits = fields.every(([field, of], at) => {
      const head = heads[place + at];
      return head?.parent === -1 && head.of === of && head.id === `${own}[${block}].${field}`;
    });
    if (!fits) return null;
    cell.push({ indices: [place, place + 2], operations: [place + 1, place + 3] });
  }
  return cells;
}

/** Heads that differ in places of lists alone are of one class. */
function classesOf(
  heads: readonly Head[],
  order: DecisionOrder,
): Pick<DecisionLayout, 'classes' | 'classOf'> {
  const byName = new Map<string, number>();
  const classes: number[] = [];
  const classOf = heads.map(({ node, of }, place) => {
    if (isAttended(order, place)) return -1;
    const name = order.kind === 'generic' ? `${node.replaceAll(/\[\d+\]/g, '[]')} ${of}` : `operation ${of}`;
    const known = byName.get(name);
    if (known !== undefined) return known;
    byName.set(name, classes.length);
    classes.push(of);
    return classes.length - 1;
  });
  return { classes, classOf };
}

function isAttended(order: DecisionOrder, place: number): boolean {
  switch (order.kind) {
    case 'generic':
      return false;
    case 'macro':
      return order.layers.some(({ skips }) => skips.includes(place));
    case 'micro':
      return order.cells.some((cell) => cell.some(({ indices }) => indices.includes(place)));
    default:
      return order satisfies never;
  }
}
