import { errorText } from '../../foundation/errors/index.js';
import { isPlainObject } from '../../foundation/json/index.js';
import type { DefinitionReader } from './definition-reader.js';
import type { Evaluator, TrialEvaluator } from './definition.js';
import { readTableDescription } from './table-description.js';

type CommandEvaluator = Extract<Evaluator, { readonly kind: 'command' }>;

const hashPattern = /^[0-9a-f]{64}$/;

/** Checks how a trial of the innermost level is evaluated. */
export function readTrialEvaluator(reader: DefinitionReader): TrialEvaluator {
  if (reader.at('kind').value !== 'sharedWeights') return readEvaluator(reader);
  reader.members(['kind', 'search', 'setting', 'weights', 'trial', 'step', 'pure']);
  if (!reader.at('pure').boolean())
    reader.at('pure').refuse('must be true: under the same weights a network always gets the same metrics.');
  const hash = (name: 'setting' | 'weights', what: string): string => {
    const text = reader.at(name).text();
    return hashPattern.test(text) ? text : reader.at(name).refuse(`must be the hash of ${what}.`);
  };
  return {
    kind: 'sharedWeights',
    search: reader.at('search').nonEmptyText(),
    setting: hash('setting', "a search's setting"),
    weights: hash('weights', 'the weights'),
    trial: reader.at('trial').wholeNumber(0),
    step: reader.at('step').wholeNumber(0),
    pure: true,
  };
}

function readTrue(reader: DefinitionReader): true {
  return reader.boolean() || reader.refuse('must be true, or be left out.');
}

function optionalPatterns(reader: DefinitionReader): Pick<CommandEvaluator, 'patterns'> {
  const patterns = reader.optional('patterns', (given) =>
    isPlainObject(given.value)
      ? Object.fromEntries(Object.keys(given.members()).map((name) => [name, readPattern(given.at(name))]))
      : readPattern(given),
  );
  return patterns === undefined ? {} : { patterns };
}

function readPattern(reader: DefinitionReader): string {
  const source = reader.nonEmptyText();
  let groups: number;
  try {
    // Matches the empty text, so that it tells how many groups there are.
    groups = (new RegExp(`${source}|`).exec('')?.length ?? 1) - 1;
  } catch (error) {
    return reader.refuse(`must be a regular expression: ${errorText(error)}.`);
  }
  if (groups === 1) return source;
  return reader.refuse(
    `must have one group, around the number, as in "accuracy: ([\\d.]+)"; it has ${groups}.`,
  );
}

/** Checks how a trial is evaluated, measured or retrained. */
export function readEvaluator(reader: DefinitionReader): Evaluator {
  const kind = reader.at('kind').oneOf(['function', 'command', 'activity', 'workflow', 'table']);
  switch (kind) {
    case 'function': {
      reader.members(['kind', 'bundle', 'packages', 'function', 'light', 'pure']);
      const bundle = reader.at('bundle').text();
      if (!hashPattern.test(bundle)) reader.at('bundle').refuse('must be the hash of a bundled search file.');
      const called = reader.optional('function', (name) => name.oneOf(['retraining']));
      return {
        kind,
        bundle,
        packages: reader.at('packages').text(),
        ...(called === undefined ? {} : { function: called }),
        light: reader.at('light').boolean(),
        pure: reader.at('pure').boolean(),
      };
    }
    case 'command':
      reader.members(['kind', 'command', 'placeholders', 'patterns', 'pure']);
      return {
        kind,
        command: reader.at('command').nonEmptyText(),
        ...(reader.optional('placeholders', readTrue) === undefined ? {} : { placeholders: true }),
        ...optionalPatterns(reader),
        pure: reader.at('pure').boolean(),
      };
    case 'activity':
    case 'workflow': {
      reader.members([
        ...['kind', 'name', 'arguments', 'taskQueue', 'pure'],
        ...(kind === 'activity' ? ['heartbeatTimeout'] : []),
      ]);
      const taskQueue = reader.optional('taskQueue', (name) => name.nonEmptyText());
      const heartbeatTimeout = reader.optional('heartbeatTimeout', (name) => name.wholeNumber(1));
      return {
        kind,
        name: reader.at('name').nonEmptyText(),
        arguments: reader.at('arguments').json(),
        ...(taskQueue === undefined ? {} : { taskQueue }),
        ...(heartbeatTimeout === undefined ? {} : { heartbeatTimeout }),
        pure: reader.at('pure').boolean(),
      };
    }
    case 'table': {
      reader.members(['kind', 'path', 'sha256', 'description', 'pure']);
      if (!reader.at('pure').boolean())
        reader.at('pure').refuse('must be true: a table always answers the same.');
      const sha256 = reader.at('sha256').text();
      if (!hashPattern.test(sha256)) reader.at('sha256').refuse('must be the SHA-256 of the file.');
      const description = readTableDescription(reader.at('description'));
      return { kind, path: reader.at('path').nonEmptyText(), sha256, description, pure: true };
    }
    default: {
      const never: never = kind;
      return never;
    }
  }
}
