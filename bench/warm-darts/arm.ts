import type { WarmStartOptions } from '../../algorithms/warm-start/index.js';

/** From which records an arm may start: that of the family's other variant, of another family, or of all other tasks. */
export type ArmSource = 'similar' | 'dissimilar' | 'all';

/** A way to come to an architecture, as data. */
export type Arm =
  /** A cold search of so many epochs. */
  | { readonly kind: 'cold'; readonly name: string; readonly epochs: number }
  /** A search from a record. */
  | {
      readonly kind: 'warm';
      readonly name: string;
      readonly source: ArmSource;
      readonly options: Partial<WarmStartOptions>;
    }
  /** The architecture of the similar task's search, without any search. */
  | { readonly kind: 'genotype'; readonly name: string }
  /** An architecture that is drawn. */
  | { readonly kind: 'random'; readonly name: string };

/** Epochs of a cold search; a warm one has 0.4 of them. */
export const coldEpochs = 20;

const any = { threshold: 'any' } as const;

/** The arms; the first one makes the records that the others start from, and two are the controls. */
export const arms: readonly Arm[] = [
  { kind: 'cold', name: 'cold20', epochs: coldEpochs },
  { kind: 'cold', name: 'cold8', epochs: 8 },
  { kind: 'genotype', name: 'genotype similar' },
  { kind: 'random', name: 'random' },
  { kind: 'warm', name: 'mask similar', source: 'similar', options: { ...any, modes: ['mask'] } },
  { kind: 'warm', name: 'mask dissimilar', source: 'dissimilar', options: { ...any, modes: ['mask'] } },
  { kind: 'warm', name: 'alpha similar', source: 'similar', options: { ...any, modes: ['alpha'] } },
  {
    kind: 'warm',
    name: 'alpha+weights similar',
    source: 'similar',
    options: { ...any, modes: ['alpha+weights'] },
  },
  {
    kind: 'warm',
    name: 'alpha+weights dissimilar',
    source: 'dissimilar',
    options: { ...any, modes: ['alpha+weights'] },
  },
  {
    kind: 'warm',
    name: 'mask+weights similar',
    source: 'similar',
    options: { ...any, modes: ['mask+weights'] },
  },
  { kind: 'warm', name: 'auto', source: 'all', options: { threshold: 'library' } },
];
