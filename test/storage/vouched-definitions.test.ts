import { expect, test } from 'vitest';
import { emptyJournal, FileBlobStore, JournalStore, VouchedDefinitions } from '../../storage/index.js';
import { temporaryFolder } from '../support/temporary-folder.js';

function stores(): { readonly blobs: FileBlobStore; readonly vouched: VouchedDefinitions } {
  const blobs = new FileBlobStore(temporaryFolder());
  return { blobs, vouched: new VouchedDefinitions(blobs) };
}

test('a home vouches for a definition, whatever the order of its keys, and for no other', async () => {
  const { vouched } = stores();
  const definition = { name: 'a', evaluator: { kind: 'command', command: 'true' }, retraining: undefined };
  expect(await vouched.has(definition)).toBe(false);
  await vouched.vouch(definition);
  await vouched.vouch(definition);
  expect(await vouched.has({ evaluator: { command: 'true', kind: 'command' }, name: 'a' })).toBe(true);
  expect(await vouched.has({ ...definition, evaluator: { kind: 'command', command: 'false' } })).toBe(false);
});

test('the definitions in the journals of a former build are vouched for once', async () => {
  const { blobs, vouched } = stores();
  const journals = new JournalStore<object>(blobs);
  const [opened, adopted, late] = [{ name: 'opened' }, { name: 'adopted' }, { name: 'late' }];
  const records = [
    { kind: 'opened', definition: opened },
    { kind: 'told', index: 0, outcome: { kind: 'infeasible', reason: '"definition"' } },
    { kind: 'intervention', index: 1, intervention: { kind: 'adopt', definition: adopted } },
  ];
  await journals.append('flow/inner', 1, emptyJournal, records);
  await blobs.put('journals/damaged/=records/000001-0000000000', Buffer.from('{"definition":\n'));
  await vouched.vouchForJournals();
  expect(await vouched.has(opened)).toBe(true);
  expect(await vouched.has(adopted)).toBe(true);
  // From then on only those who may write into the home vouch, not whoever has a record appended.
  await journals.append('late', 1, emptyJournal, [{ kind: 'opened', definition: late }]);
  await vouched.vouchForJournals();
  expect(await vouched.has(late)).toBe(false);
});
