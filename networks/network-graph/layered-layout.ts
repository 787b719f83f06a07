/** A box to place: its size and the boxes from which edges come into it, which are placed above. */
export interface Box {
  readonly width: number;
  readonly height: number;
  readonly from: readonly number[];
}

/** Where boxes and edges lie; x and y of a box are those of the middle of its upper side. */
export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly boxes: readonly Position[];
  readonly edges: readonly Edge[];
}

export interface Position {
  readonly x: number;
  readonly y: number;
}

/** An edge by the boxes at its ends and the points through which it goes, its ends included. */
export interface Edge {
  readonly from: number;
  readonly to: number;
  readonly points: readonly Position[];
}

/** A box, or a gap through which a long edge passes a layer from top to bottom. */
interface Slot {
  readonly kind: 'box' | 'passage';
  readonly width: number;
  height: number;
  readonly above: Slot[];
  readonly below: Slot[];
  x: number;
  y: number;
}

const gapBetweenBoxes = 24;
const gapBetweenLayers = 34;
const orderSweeps = 8;
const placeSweeps = 12;

/**
 * Places boxes in layers from top to bottom, after Sugiyama: a box one layer below the lowest it comes from, long edges
 * split at each layer, few crossings by ordering each layer by the mean of its neighbours. Boxes must be given in
 * topological order.
 */
export function layeredLayout(boxes: readonly Box[]): Layout {
  const layerOf: number[] = [];
  for (const { from } of boxes) layerOf.push(1 + Math.max(-1, ...from.map((i) => layerOf[i] ?? 0)));
  const layers: Slot[][] = Array.from(
    { length: Math.max(0, ...layerOf.map((layer) => layer + 1)) },
    () => [],
  );
  const slots = boxes.map(({ width, height }, i) => {
    const slot: Slot = { kind: 'box', width, height, above: [], below: [], x: 0, y: 0 };
    layers[layerOf[i] ?? 0]?.push(slot);
    return slot;
  });
  const edges = boxes.flatMap(({ from }, to) =>
    from.map((origin) => ({ from: origin, to, chain: chainOf(origin, to, slots, layerOf, layers) })),
  );
  orderLayers(layers);
  placeLayers(layers);
  const left = Math.min(...layers.flat().map((slot) => slot.x - slot.width / 2));
  for (const slot of layers.flat()) slot.x -= left;
  return {
    width: Math.max(0, ...layers.flat().map((slot) => slot.x + slot.width / 2)),
    height: Math.max(0, ...layers.flat().map((slot) => slot.y + slot.height)),
    boxes: slots.map(({ x, y }) => ({ x, y })),
    edges: edges.map(({ from, to, chain }) => ({ from, to, points: pointsOf(chain) })),
  };
}

/** Links two boxes through a passage in each layer between them. */
function chainOf(
  from: number,
  to: number,
  slots: readonly Slot[],
  layerOf: readonly number[],
  layers: readonly Slot[][],
): readonly Slot[] {
  const [first, last] = [slots[from], slots[to]];
  if (first === undefined || last === undefined) throw new Error('An edge has no box at its end.');
  const chain = [first];
  for (let layer = (layerOf[from] ?? 0) + 1; layer < (layerOf[to] ?? 0); layer++) {
    const slot: Slot = { kind: 'passage', width: 0, height: 0, above: [], below: [], x: 0, y: 0 };
    layers[layer]?.push(slot);
    chain.push(slot);
  }
  chain.push(last);
  chain.forEach((slot, i) => {
    const next = chain[i + 1];
    if (next === undefined) return;
    slot.below.push(next);
    next.above.push(slot);
  });
  return chain;
}

function orderLayers(layers: Slot[][]): void {
  const place = new Map<Slot, number>();
  const number = (layer: readonly Slot[]): void => layer.forEach((slot, i) => place.set(slot, i));
  layers.forEach(number);
  for (let sweep = 0; sweep < orderSweeps; sweep++) {
    const down = sweep % 2 === 0;
    for (const layer of down ? layers : [...layers].reverse()) {
      const wanted = new Map(
        layer.map((slot) => {
          const neighbours = down ? slot.above : slot.below;
          const own = place.get(slot) ?? 0;
          return [slot, mean(neighbours.map((other) => place.get(other) ?? 0)) ?? own];
        }),
      );
      layer.sort((a, b) => (wanted.get(a) ?? 0) - (wanted.get(b) ?? 0));
      number(layer);
    }
  }
}

function placeLayers(layers: readonly Slot[][]): void {
  let y = 0;
  for (const layer of layers) {
    const height = Math.max(...layer.map((slot) => slot.height));
    for (const slot of layer) {
      if (slot.kind === 'passage') slot.height = height;
      slot.y = y + (height - slot.height) / 2;
    }
    y += height + gapBetweenLayers;
    pack(
      layer,
      layer.map(() => 0),
    );
  }
  for (let sweep = 0; sweep < placeSweeps; sweep++) {
    for (const layer of sweep % 2 === 0 ? layers : [...layers].reverse()) {
      pack(
        layer,
        layer.map((slot) => mean([...slot.above, ...slot.below].map(({ x }) => x)) ?? slot.x),
      );
    }
  }
}

/** Puts the slots of a layer as near to where they want to be as their order and the gaps between them allow. */
function pack(layer: readonly Slot[], wanted: readonly number[]): void {
  // Slots that would overlap form a group that lies where its members want it on average.
  const groups: { readonly slots: Slot[]; readonly offsets: number[]; sum: number; width: number }[] = [];
  layer.forEach((slot, i) => {
    const want = wanted[i] ?? 0;
    groups.push({ slots: [slot], offsets: [0], sum: want, width: 0 });
    for (;;) {
      const group = groups.at(-1);
      const before = groups.at(-2);
      if (group === undefined || before === undefined) break;
      const gap = distance(before.slots.at(-1), group.slots[0]);
      if (before.sum / before.slots.length + before.width + gap <= group.sum / group.slots.length) break;
      const shift = before.width + gap;
      group.slots.forEach((member, k) => {
        before.slots.push(member);
        before.offsets.push(shift + (group.offsets[k] ?? 0));
      });
      before.sum += group.sum - shift * group.slots.length;
      before.width = shift + group.width;
      groups.pop();
    }
  });
  for (const { slots, offsets, sum } of groups) {
    slots.forEach((slot, k) => (slot.x = sum / slots.length + (offsets[k] ?? 0)));
  }
}

function distance(left: Slot | undefined, right: Slot | undefined): number {
  return ((left?.width ?? 0) + (right?.width ?? 0)) / 2 + gapBetweenBoxes;
}

function pointsOf(chain: readonly Slot[]): readonly Position[] {
  return chain.flatMap(({ x, y, height }, i) => {
    const ends = [
      { x, y },
      { x, y: y + height },
    ];
    if (i === 0) return ends.slice(1);
    return i === chain.length - 1 ? ends.slice(0, 1) : ends;
  });
}

function mean(numbers: readonly number[]): number | null {
  return numbers.length === 0 ? null : numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
}
