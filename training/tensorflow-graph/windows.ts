import type { Padding } from '../../networks/network-graph/index.js';
import type { Attributes } from './attribute.js';
import { ints, text } from './attribute.js';

/** How windows move over an image. */
export interface Windows {
  readonly stride: number;
  readonly padding: Padding;
  readonly dilation: number;
}

/** The same for operations of convolutions. */
export function windowAttributes({ stride, padding, dilation }: Windows): Attributes {
  return {
    strides: ints([1, stride, stride, 1]),
    padding: text(padding.toUpperCase()),
    dilations: ints([1, dilation, dilation, 1]),
  };
}
