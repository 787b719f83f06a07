import type { SearchContext } from 'duramen';
import type { DataSetName } from 'duramen/training';
import type { Scale } from './scale.js';

/** What the workflow gives to every search that trains, as its context `data`. */
export interface Data {
  readonly set: Extract<DataSetName, 'fashion-mnist' | 'mnist'>;
  readonly images: Scale['images'];
}

/** The images that a search trains on and those that it is measured on; `use` is one of the three trainings. */
export function imagesOf(
  context: SearchContext,
  use: 'supernetwork' | 'pipeline' | 'final',
): { readonly dataset: Data['set']; readonly trainingExamples: number; readonly validationExamples: number } {
  // The workflow makes this context, and no search runs without it.
  const { set, images } = context['data'] as unknown as Data;
  return { dataset: set, trainingExamples: images[use], validationExamples: images.validation };
}
