import { unreachable } from '../foundation/errors/index.js';
import type { Slice } from '../algorithms/index.js';

/** What a slice does, as one short line: the algorithm's own label, or what its fields say. */
export function sliceText(slice: Slice): string {
  if (slice.label !== undefined) return slice.label;
  switch (slice.kind) {
    case 'train':
      return `epoch ${slice.epoch}: train on ${slice.paths.from} paths`;
    case 'mix':
      return `epoch ${slice.epoch}: ${slice.alphaSteps ? 'train weights and mixture' : 'train weights'}`;
    case 'score':
      return `score ${slice.count} ${slice.draw.from} draws`;
    case 'evaluate':
      return 'evaluate under the shared weights';
    case 'embed':
      return `embed the data set by ${slice.probe}`;
    default:
      return unreachable(slice, 'slice');
  }
}
