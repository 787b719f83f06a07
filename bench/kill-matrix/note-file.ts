import { existsSync, readFileSync } from 'node:fs';
import type { Note } from './note.js';

/** The notes of all evaluations so far, in the order of their times. */
export function readNotes(file: string): readonly Note[] {
  if (!existsSync(file)) return [];
  // A line is written at once, so the last one is whole or not there.
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Note).sort((a, b) => a.time - b.time);
}
