import type { Reporter, TestCase, TestModule, TestRunEndReason } from 'vitest/node';

import { sharedDirectory } from './support/shared.js';

declare module 'vitest' {
  interface TaskMeta {
    /** How many conformance cases one test goes through in a loop, when it is not one. */
    sharedCases?: number;
  }
}

/** Suites whose name starts with this run cases of the shared conformance folder. */
const sharedSuitePrefix = 'shared:';

/** Ends a test run with one line of counts, plain enough for scripts, and tells how many shared cases ran. */
export default class PlainLineReporter implements Reporter {
  onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: readonly unknown[],
    reason: TestRunEndReason,
  ): void {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    let sharedCases = 0;
    for (const module of modules) {
      let failedTests = 0;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === 'passed') counts.passed += 1;
        else if (state === 'failed') failedTests += 1;
        else counts.skipped += 1;
        if ((state === 'passed' || state === 'failed') && isSharedCase(test)) {
          sharedCases += test.meta().sharedCases ?? 1;
        }
      }
      // A file that does not load, or whose hooks fail, has no failed test to show for it.
      const failedOtherwise = failedTests === 0 && module.state() === 'failed' ? 1 : 0;
      counts.failed += failedTests + failedOtherwise;
    }

    // Nothing to run, or a global set-up that failed, is no success either.
    if (counts.failed === 0 && (reason === 'failed' || modules.length === 0)) counts.failed = 1;

    const shared = sharedDirectory();
    if (shared === undefined) {
      console.log('shared conformance cases run: 0 (no shared folder: set DURAMEN_SHARED)');
    } else {
      console.log(`shared conformance cases run: ${sharedCases}`);
    }
    const skipped = counts.skipped === 0 ? '' : `, ${counts.skipped} skipped`;
    console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`);
  }
}

function isSharedCase(test: TestCase): boolean {
  for (let parent = test.parent; parent.type === 'suite'; parent = parent.parent) {
    if (parent.name.startsWith(sharedSuitePrefix)) return true;
  }
  return false;
}
