import { z } from 'zod';
import type { JournalReader, JournalTrial } from '../../client/index.js';
import type { SearchTree } from './search-tree.js';

const trialRecord = z.object({
  attempt: z.number(),
  attributes: z.record(z.string(), z.json()).default({}),
  artifacts: z.record(z.string(), z.string()).default({}),
  stack: z.string().nullable().default(null),
  host: z.object({ processor: z.string(), platform: z.string(), node: z.string() }),
  log: z.object({ lines: z.array(z.string()) }).optional(),
});

/** What the artifact store keeps of a trial beyond its outcome. */
export type TrialDetails = z.infer<typeof trialRecord>;

/** A kind of machine and computation with the number of trials that were evaluated on it. */
export interface MachineKind {
  readonly name: string;
  readonly trials: number;
}

/** Reads the record of a trial; null when it has none in this home. */
export async function readTrialDetails(
  reader: JournalReader,
  { record }: JournalTrial,
): Promise<TrialDetails | null> {
  if (record === null) return null;
  const read = trialRecord.safeParse(await reader.json(record));
  return read.success ? read.data : null;
}

const trainingAttribute = z.object({ kinds: z.array(z.string()).nonempty() });

/** The kind of machine of a trial and, if it was a training, the versions of the computation that it names. */
function machineKindName({ host, attributes }: TrialDetails): string {
  const machine = `${host.processor}, ${host.platform}, Node ${host.node}`;
  const training = trainingAttribute.safeParse(attributes['training']);
  if (!training.success) return machine;
  // Kinds of the first version name none.
  const found = training.data.kinds.map((kind) => /, computation (\d+)/.exec(kind)?.[1] ?? '1');
  const versions = [...new Set(found)].sort((a, b) => Number(a) - Number(b));
  return `${machine}, computation ${versions.join(' and ')}`;
}

/** The kinds of machines that evaluated the trials of a tree of searches, the most frequent first. */
export async function readMachineKinds(
  reader: JournalReader,
  tree: SearchTree,
): Promise<readonly MachineKind[]> {
  const counts = new Map<string, number>();
  const records = new Set<string>();
  for (const { summary } of tree.searches) {
    for (const trial of summary.trials) {
      if (trial.record === null || records.has(trial.record)) continue;
      records.add(trial.record);
      const details = await readTrialDetails(reader, trial);
      if (details === null) continue;
      const name = machineKindName(details);
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  return [...counts]
    .map(([name, trials]) => ({ name, trials }))
    .sort((a, b) => b.trials - a.trials || (a.name < b.name ? -1 : 1));
}
