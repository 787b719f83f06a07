import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, onTestFinished } from 'vitest';

/** The path of an empty folder; it is removed when the test ends that asks for it. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'duramen-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The path of an empty folder for all tests of a file; it is removed when they have ended. */
export function keptFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'duramen-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
