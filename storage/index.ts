export { ArtifactError, ArtifactStore, artifactKey } from './artifact-store.js';
export { checkpointArtifact } from './checkpoint-artifact.js';
export { LibraryStore } from './library-store.js';
export { makeFolderDurably, writeFileAtomically, writeFileAtomicallySync } from './atomic-file.js';
export type { FileWriting } from './atomic-file.js';
export type { BlobStore } from './blob-store.js';
export { FileBlobStore } from './file-blob-store.js';
export { duramenHome, prepareHome } from './home.js';
export { emptyJournal, JournalError, JournalStore } from './journal-store.js';
export type {
  AppendResult,
  ChainedRecord,
  JournalPlace,
  JournalPosition,
  JournalSnapshot,
  JournalWrite,
} from './journal-store.js';
export { isFailingDisk, isStorageProblem } from './storage-problem.js';
export { VouchedDefinitions } from './vouched-definitions.js';
export { SearchResultStore } from './search-result-store.js';
export { stageCheckpoint } from './checkpoint-store.js';
export type { PublishedCheckpoint, StagedCheckpoint } from './checkpoint-store.js';
export { EvaluationResultStore } from './evaluation-result-store.js';
export { findGarbage, removeGarbage } from './garbage.js';
export type { Garbage } from './garbage.js';
export type { JsonObject } from './json-blobs.js';
export type { Lease } from './evaluation-result-store.js';
export { storeId } from './store-id.js';
export { journalFolder, trialIdentity } from './trial-address.js';
export type { TrialKey } from './trial-address.js';
export { StoredTrial, SupersededError, TrialStore } from './trial-store.js';
export type { AttemptRecord } from './trial-store.js';
