import { expect, test } from 'vitest';
import { GoldenRecord, isRecording } from './golden.js';

test.skipIf(isRecording)('an entry that was never recorded, or has another value, fails', () => {
  const golden = GoldenRecord.open('content-keys');
  expect(() => golden.check('there is no such entry', 1)).toThrow(/no entry "there is no such entry"/);
  expect(golden.unchecked).toContain('addresses');
  expect(() => golden.check('addresses', {})).toThrow(/addresses/);
  expect(golden.unchecked).not.toContain('addresses');
});
