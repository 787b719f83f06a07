import { hashJson } from '../foundation/numbers/index.js';

/** What makes two evaluations attempts of the same trial. */
export interface TrialKey {
  readonly search: string;
  readonly index: number;
  readonly seed: string;
  readonly genome: readonly number[];
  /** Which part of a shared training it is, as text; absent: it is a trial of its own. */
  readonly part?: string;
}

/** Hash that tells whether files below a trial's folder belong to the trial. */
export function trialIdentity(key: TrialKey): string {
  const { search, index, seed, genome, part } = key;
  return hashJson([search, index, seed, genome, ...(part === undefined ? [] : [part])]);
}

/** Storage key of a trial's folder: readable, one folder per part of the search id. */
export function trialFolder(search: string, index: number): string {
  if (!Number.isSafeInteger(index) || index < 0)
    throw new Error(`Trial index ${index} is not an integer ≥ 0.`);
  return `trials/${search.split('/').map(folderName).join('/')}/${index}`;
}

/**
 * Storage key of the folder of a search's journal: one folder per part of the id. What earlier builds could keep stays
 * where it was; every other part is spelled as in the folder of a trial.
 */
export function journalFolder(search: string): string {
  return `journals/${search.split('/').map(journalName).join('/')}`;
}

// A part that holds `=XX` is spelled out: read as letters it would be the name of another search.
function journalName(part: string): string {
  const isPlain = /^[A-Za-z0-9_-][A-Za-z0-9._=-]{0,254}$/.test(part) && !/=[0-9A-F]{2}/.test(part);
  return isPlain ? part : folderName(part);
}

// Letters of storage keys stand for themselves, all else becomes =XX; so does a leading dot: it would hide the folder.
function folderName(part: string): string {
  let name = '';
  for (const byte of new TextEncoder().encode(part)) {
    const letter = String.fromCharCode(byte);
    const plain = /[A-Za-z0-9_-]/.test(letter) || (letter === '.' && name !== '');
    name += plain ? letter : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  if (name === '') return '=';
  return name.length <= 200 ? name : `${name.slice(0, 150)}=${hashJson(part).slice(0, 32)}`;
}
