import { spaceHash } from '../../search-spaces/genomes/index.js';
import type { LevelDefinition } from './definition.js';
import { isLevelField, type LevelField, levelFields } from './level-fields.js';

type FieldName = keyof LevelDefinition;

/** The part of a level that two searches must share to be the same search; `index` is 0 for the outermost level. */
export function levelIdentity(level: LevelDefinition, index: number): object {
  return {
    ...partOf(level, (name) => counts(name, 'everywhere') && levelFields[name].essence === undefined),
    ...partOf(level, (name) => counts(name, 'everywhere') && levelFields[name].essence !== undefined),
    ...(index === 0 ? {} : partOf(level, (name) => counts(name, 'inside'))),
  };
}

/** All of a level that can change a decision or an outcome, for a content key. */
export function levelContent(level: LevelDefinition): object {
  const arrivalsDecide = level.order === 'as-completed';
  return {
    ...partOf(level, (name) => arrivalsDecide || !counts(name, 'arrivals')),
    // The order of keys in a space is the order of its decisions; canonical JSON would lose it.
    space: spaceHash(level.space),
  };
}

function counts(name: FieldName, where: (typeof levelFields)[FieldName]['counts']): boolean {
  return levelFields[name].counts === where;
}

/** What counts of some fields of a level, in the level's own order. */
function partOf(level: LevelDefinition, isWanted: (name: FieldName) => boolean): object {
  const names = Object.keys(level).filter(isLevelField).filter(isWanted);
  return Object.fromEntries(names.map((name) => [name, essenceOf(level, name)]));
}

function essenceOf<Name extends FieldName>(level: LevelDefinition, name: Name): unknown {
  const value = level[name];
  const { essence }: LevelField<LevelDefinition[Name]> = levelFields[name];
  if (value === undefined || essence === undefined) return value;
  return essence(value as Exclude<LevelDefinition[Name], undefined>);
}
