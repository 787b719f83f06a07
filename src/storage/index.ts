export { ArtifactStore, artifactKey } from './artifact-store.js';
export type { BlobStore } from './blob-store.js';
export { FileBlobStore } from './file-blob-store.js';
export { duramenHome } from './home.js';
export { EMPTY_JOURNAL, JournalError, JournalStore } from './journal-store.js';
export type {
  AppendResult,
  ChainedRecord,
  JournalPlace,
  JournalPosition,
  JournalSnapshot,
} from './journal-store.js';
export { ResultStore } from './result-store.js';
