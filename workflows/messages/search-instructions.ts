import { shellWord, table } from './markdown.js';
import { steeringInstructions } from './messages.js';

/**
 * Markdown for the fixed details of a search in the Temporal UI: which button does what. Unlike the current details
 * they are shown while no worker runs and while the server has paused the workflow.
 */
export function searchInstructions(search: string, isOutermost: boolean): string {
  const id = shellWord(search);
  const columns = ['to', 'update', 'data'];
  return [
    'Under **More Actions**, **Send an Update** (or a signal of the same name):',
    '',
    ...table(
      columns,
      steeringInstructions.map(({ aim, update, data }) => [aim, update, data]),
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
          ...steeringInstructions.map(({ command }) => `duramen ${command(id)}`),
          '```',
        ]
      : [
          '',
          'When it is cancelled, a search around it starts it again; workflow code around it decides by itself.',
        ]),
  ].join('\n');
}
