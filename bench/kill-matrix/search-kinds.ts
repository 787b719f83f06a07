/** Kinds of search, each a file in `kill-matrix/searches`. */
export const searchKinds = [
  'flat',
  'nested',
  'evolution',
  'training',
  'agent',
  'ma2ml',
  'one-shot',
  'enas',
  'darts',
  'light',
  'gpu',
] as const;

export type SearchKind = (typeof searchKinds)[number];
