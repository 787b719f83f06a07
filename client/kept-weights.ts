import { readFile } from 'node:fs/promises';
import { isPlainObject } from '../foundation/json/index.js';
import { planSearch } from '../searches/loop/index.js';
import { settingBytes } from '../searches/definition/index.js';
import type { FindWeights, FoundWeights, Search } from '../searches/search-files/index.js';
import { ArtifactStore, FileBlobStore, TrialStore } from '../storage/index.js';
import { JournalReader } from './journals/journal-reader.js';

/** What answers for the weights that a search file names as its evaluator; undefined where it names none. */
export async function weightsForSearch({ options }: Search, home: string): Promise<FindWeights | undefined> {
  const evaluate = isPlainObject(options) ? options['evaluate'] : undefined;
  if (!isPlainObject(evaluate) || evaluate['kind'] !== 'sharedWeights') return undefined;
  const { search } = evaluate;
  // Whoever reads the definition refuses an id that is no text.
  if (typeof search !== 'string') return undefined;
  const found = await keptWeights(search, home);
  return () => found;
}

/**
 * The weights that a search has left so far: the checkpoint of its last `train` trial, copied into the artifact store, so
 * that neither a later epoch nor its removal takes them away. Answers in one sentence why there are none.
 */
export async function keptWeights(
  search: string,
  home: string,
): Promise<FoundWeights | { readonly problem: string }> {
  const reading = /^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/.test(search)
    ? await new JournalReader(home).read(search)
    : null;
  if (reading === null) return { problem: `there is no search "${search}" in ${home}.` };
  const { summary, levelIndex, context } = reading;
  const { definition, level, trials } = summary;
  const { evaluator, levels } = definition;
  const isInnermost = levelIndex === levels.length - 1;
  if (!isInnermost) {
    const inner = levels[levelIndex + 1]?.name ?? '';
    return {
      problem: `the search "${search}" is evaluated by inner searches, which may have weights: name one, such as "${search}/0/${inner}".`,
    };
  }
  if (!planSearch(search, definition, levelIndex, context).algorithm.slices) {
    return { problem: `the search "${search}" has no shared weights: give its level weightSharing.` };
  }
  if (evaluator.kind !== 'function' && evaluator.kind !== 'command') {
    return {
      problem: `the weights of "${search}" lie with its ${evaluator.kind}: only those of functions and commands can be used.`,
    };
  }
  if (trials.some(({ slice }) => slice?.kind === 'mix')) {
    return {
      problem: `the weights of "${search}" are those of a mixture, of which its last trial evaluates one architecture: name a search with weightSharing.`,
    };
  }
  const last = trials.findLast(({ slice, outcome }) => slice?.kind === 'train' && outcome?.kind === 'scored');
  if (last === undefined) {
    return { problem: `the search "${search}" has no weights yet: let it finish an epoch first.` };
  }
  const damaged: string[] = [];
  const checkpoint = await new TrialStore(home).latestCheckpoint(search, last.index, (name) =>
    damaged.push(name),
  );
  const of = `the checkpoint of trial ${last.index} of "${search}", which has its weights,`;
  if (damaged.length > 0) return { problem: `${of} is damaged: restore it from a backup of DURAMEN_HOME.` };
  if (checkpoint === null) return { problem: `${of} is missing: restore it from a backup of DURAMEN_HOME.` };
  if (checkpoint.kind === 'folder')
    return { problem: `${of} is a folder: save them as bytes, or as one file.` };
  const artifacts = new ArtifactStore(new FileBlobStore(home));
  const setting = settingBytes({ definition, level: levelIndex, context });
  return {
    evaluator: {
      kind: 'sharedWeights',
      search,
      setting: await artifacts.put(setting),
      weights: await artifacts.put(await readFile(checkpoint.path)),
      trial: last.index,
      step: checkpoint.step,
      pure: true,
    },
    space: level.space,
  };
}
