import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { errorText } from '../../foundation/errors/index.js';
import { EvaluationError } from '../../searches/search-files/index.js';

const unzip = promisify(gunzip);

/** A failure of class `BadInput`: a file or a description that does not fit. */
export function badTable(sentence: string): EvaluationError {
  return new EvaluationError('BadInput', sentence);
}

/** The text of a file, unpacked if it is gzipped; a file that is missing or has other bytes is `BadInput`. */
export async function readTableFile(path: string, sha256: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw badTable(
      `The table ${path} cannot be read (${reason}): put the file back, then resume the search.`,
    );
  }
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found !== sha256) {
    throw badTable(
      `The table ${path} was changed or cut off since the search was defined (SHA-256 ${found.slice(0, 12)}… instead of ` +
        `${sha256.slice(0, 12)}…): put the old file back, or start a search of its own with the new one.`,
    );
  }
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return new TextDecoder().decode(bytes);
  try {
    return (await unzip(bytes)).toString('utf8');
  } catch (error) {
    const reason = errorText(error);
    throw badTable(`The table ${path} is no complete gzip file (${reason}): fetch it again.`);
  }
}
