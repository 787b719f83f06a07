import { ArtifactError } from './artifact-store.js';

/** What the system says of a disk that takes or gives no more bytes. */
const failingDisk: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EIO']);

/** Whether an error says that stored bytes are missing, damaged or out of reach, and nothing about who reads them. */
export function isStorageProblem(error: unknown): boolean {
  return error instanceof ArtifactError || (error instanceof Error && 'syscall' in error);
}

/** Whether an error says that a disk is full or broken, whoever wrote to it. */
export function isFailingDisk(error: unknown): boolean {
  return error instanceof Error && 'code' in error && failingDisk.has(error.code);
}
