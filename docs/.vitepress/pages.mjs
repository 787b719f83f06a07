import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('..', import.meta.url));

/** The pages of the sidebar by subject, in the order in which somebody new reads them. */
const groups = [
  {
    text: 'Begin',
    pages: ['search-files', 'command-line', 'examples', 'coming-from', 'temporal-ui', 'reports'],
  },
  { text: 'Spaces and flows', pages: ['search-spaces', 'flows'] },
  {
    text: 'Algorithms',
    pages: ['evolution', 'ma2ml', 'controller', 'testing-algorithms', 'retraining'],
  },
  {
    text: 'Shared weights',
    pages: [
      'one-shot',
      'weight-sharing',
      'weight-sharing-examples',
      'enas',
      'enas-experiment',
      'darts',
      'warm-start',
      'slices',
    ],
  },
  {
    text: 'Evaluations and training',
    pages: [
      'training',
      'data',
      'augmentation',
      'commands',
      'evaluations',
      'gpu',
      'accelerator-model',
      'accuracy',
    ],
  },
  { text: 'Operation', pages: ['durability'] },
  { text: 'The project', pages: ['benchmarks', 'extending', 'dependencies', 'words'] },
];

/** The sidebar: all pages that are there; those that no group names come last. */
export function sidebar() {
  const there = readdirSync(folder)
    .filter((name) => name.endsWith('.md') && name !== 'index.md')
    .map((name) => name.slice(0, -'.md'.length));
  const named = groups.flatMap(({ pages }) => pages);
  const rest = { text: 'More', pages: there.filter((page) => !named.includes(page)).sort() };
  return (rest.pages.length === 0 ? groups : [...groups, rest]).map(({ text, pages }) => ({
    text,
    items: pages.map((page) => ({ text: titleOf(page), link: `/${page}` })),
  }));
}

function titleOf(page) {
  const [, title] = /^# (.+)$/m.exec(readFileSync(`${folder}/${page}.md`, 'utf8')) ?? [];
  if (title === undefined) throw new Error(`docs/${page}.md has no title: begin it with "# ".`);
  return title;
}
