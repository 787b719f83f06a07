import { shellWord, table } from './markdown.js';

/**
 * Markdown for the fixed details of a search in the Temporal UI: which button does what. Unlike the current details
 * they are shown while no worker runs and while the server has paused the workflow.
 */
export function searchInstructions(search: string, isOutermost: boolean): string {
  const id = shellWord(search);
  const rows: readonly (readonly [string, string, string, string])[] = [
    ['pause, with all inside', '`pause`', '', `pause ${id}`],
    ['go on', '`resume`', '', `resume ${id}`],
    ['raise the budget', '`extend`', '`{"trials": 200}`', `extend ${id} --trials 200`],
    ['run more or fewer at once', '`setConcurrency`', '`2`', `set-concurrency ${id} 2`],
    ['give up one trial', '`cancelTrial`', '`7`', `cancel-trial ${id} 7`],
    ['try a point next', '`enqueue`', '`{"parameters": {}}`', `enqueue ${id} '{}'`],
    ['end it, to go on later', '**Request Cancellation**', '', `cancel ${id}`],
  ];
  const columns = ['to', 'update', 'data'];
  return [
    'Under **More Actions**, **Send an Update** (or a signal of the same name):',
    '',
    ...table(
      columns,
      rows.map(([aim, update, data]) => [aim, update, data]),
    ),
    '',
    'The button **Pause Workflow** is another pause: it holds back new work of this one workflow. Its trials and inner ' +
      'searches run on, updates are refused, and the current details are not shown until **Unpause Workflow**.',
    ...(isOutermost
      ? [
          '',
          'The same on a command line, which also goes on with a search that has ended (`resume`, `extend`):',
          '',
          '```',
          ...rows.map(([, , , command]) => `duramen ${command}`),
          '```',
        ]
      : ['', 'When it is cancelled, the search around it starts it again.']),
  ].join('\n');
}
