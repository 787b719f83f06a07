import { errorText } from '../../foundation/errors/index.js';
import { EvaluationError } from '../../searches/search-files/index.js';
import type { ArtifactStore } from '../../storage/index.js';

/** The artifact that a trial asks for; throws `EvaluationError` (`BadInput`) where it is missing or damaged. */
export async function readArtifact(artifacts: ArtifactStore, hash: string): Promise<Uint8Array> {
  try {
    return await artifacts.get(hash);
  } catch (error) {
    throw new EvaluationError('BadInput', errorText(error));
  }
}
