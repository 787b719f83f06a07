import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fillPlaceholders, type Evaluator } from '../../searches/definition/index.js';
import { trial, Workplace } from '../support/workplace.js';

type CommandEvaluator = Extract<Evaluator, { readonly kind: 'command' }>;

let place: Workplace;
beforeAll(() => {
  place = new Workplace({ slots: 1 });
});
afterAll(async () => {
  await place.close();
});

async function outcomeOf(search: string, evaluator: Omit<CommandEvaluator, 'kind' | 'pure'>) {
  const address = await place.address({ kind: 'command', pure: true, ...evaluator }, {});
  return place.outcome(trial(address, { search }));
}

describe('names in braces', () => {
  const filled = (line: string) =>
    fillPlaceholders(
      line,
      { x: 0.5, name: "it's; rm -rf ~", on: true, none: null, optimizer: { kind: 'adam' }, list: [1, 2] },
      { outer: { units: 8 } },
    );

  test.each([
    ['run --lr {x} --on={on}', 'run --lr 0.5 --on=true'],
    ['run {name}', `run 'it'\\''s; rm -rf ~'`],
    ['run {optimizer.kind} {outer.units} {none}', 'run adam 8 null'],
    ['run {optimizer} {list}', `run '{"kind":"adam"}' '[1,2]'`],
    ['echo ${HOME} {{x}} {} {a b}', 'echo ${HOME} {x} {} {a b}'],
  ])('%s', (line, expected) => {
    expect(filled(line)).toEqual({ kind: 'filled', line: expected });
  });

  test.each(['{y}', '{optimizer.momentum}', '{toString}', '{name.length}'])('%s is missing', (line) => {
    expect(filled(line)).toEqual({ kind: 'missing', path: line.slice(1, -1) });
  });

  test('a command gets the values of the trial and of the outer levels', async () => {
    const command = `printf '{"metrics": {"accuracy": %s}}' {x}{outer.units}`;
    expect(await outcomeOf('filled', { command, placeholders: true })).toMatchObject({
      kind: 'scored',
      metrics: { accuracy: 0.58 },
    });
  });

  test('without the mark of a new definition, braces mean what they meant', async () => {
    const command = `printf '{"metrics": {"accuracy": %s}}' "$(echo '{x}' | wc -c)"`;
    expect(await outcomeOf('former', { command })).toMatchObject({ metrics: { accuracy: 4 } });
  });

  test('a name that a trial does not have fails it', async () => {
    await expect(outcomeOf('missing', { command: 'true {y}', placeholders: true })).rejects.toMatchObject({
      type: 'BadInput',
      message: expect.stringMatching(/names \{y\}, which this trial does not have/),
    });
  });
});

describe('metrics by pattern', () => {
  test('the last match counts, on either stream', async () => {
    const command = `echo 'epoch 1 accuracy: 0.5'; echo 'epoch 2 accuracy: 0.93' >&2`;
    expect(await outcomeOf('last', { command, patterns: 'accuracy: ([\\d.]+)' })).toMatchObject({
      kind: 'scored',
      metrics: { accuracy: 0.93 },
    });
  });

  test('a pattern for each metric', async () => {
    const command = `echo 'accuracy=25% size=7'`;
    const patterns = { accuracy: 'accuracy=(\\d+)%', size: 'size=(\\S+)' };
    expect(await outcomeOf('each', { command, patterns })).toMatchObject({
      metrics: { accuracy: 25, size: 7 },
    });
  });

  test.each([
    ['nan', { kind: 'failed', class: 'Diverged' }],
    [
      'high',
      { kind: 'failed', class: 'Bug', message: expect.stringMatching(/is no number but "high"; the/) },
    ],
  ])('a value %s', async (value, outcome) => {
    const evaluator = { command: `echo 'accuracy: ${value}'`, patterns: 'accuracy: (\\S+)' };
    expect(await outcomeOf(`value-${value}`, evaluator)).toMatchObject(outcome);
  });

  test('what fits no pattern is told, with the last line', async () => {
    const evaluator = { command: `echo 'acc: 0.9'`, patterns: 'accuracy: (\\S+)' };
    expect(await outcomeOf('none', evaluator)).toMatchObject({
      class: 'Bug',
      message: expect.stringMatching(/^Nothing that the command printed fits the pattern .*: acc: 0\.9$/),
    });
  });

  test('a command that prints only text is told the line to print, and the pattern', async () => {
    expect(await outcomeOf('text', { command: `echo 'accuracy: 0.93'` })).toMatchObject({
      kind: 'failed',
      class: 'Bug',
      message: expect.stringMatching(
        /let it print a line such as \{"metrics": \{"accuracy": 0\.93\}\}.* command\(…, \{ metrics \}\).*: accuracy: 0\.93$/,
      ),
    });
  });
});

test('a script is found in the folder of the project, whatever its arguments', async () => {
  const file = join(place.home, 'train.py');
  writeFileSync(file, `import sys\nprint('accuracy:', float(sys.argv[2]) * 2)\n`);
  const evaluator = {
    command: `python3 ${file} --lr {x}`,
    placeholders: true,
    patterns: 'accuracy: (\\d.+)',
  } as const;
  expect(await outcomeOf('script', evaluator)).toMatchObject({ kind: 'scored', metrics: { accuracy: 1 } });
});
