import { outcomeText } from './tree-section.js';
import { parameterText } from './parameter-columns.js';
import type { ReportedSearch, SearchTree } from './search-tree.js';
import type { ChartData, ChartHistory, ChartMetric, ChartTrial } from './page/chart-data.js';

/** The data of the plots of the page. */
export function chartData(tree: SearchTree, histories: readonly (ChartHistory | null)[]): ChartData {
  const { definition } = tree.root.summary;
  const levels = definition.levels.flatMap((level, levelIndex) => {
    const searches = tree.ofLevel(levelIndex);
    if (searches.length === 0) return [];
    const metrics = metricsOf(searches);
    const trials = searches.flatMap((search) =>
      search.summary.trials.map((trial): ChartTrial => {
        const { outcome } = trial;
        const values = outcome?.kind === 'scored' ? outcome.metrics : {};
        return {
          label: `${search.id} / ${trial.index}`,
          text: outcome?.kind === 'scored' ? parameterText(trial.parameters) : outcomeText(trial),
          values: metrics.map(({ name }) => values[name] ?? null),
        };
      }),
    );
    return [{ name: level.name, metrics, trials }];
  });
  return { levels, histories };
}

/** Declared metrics first, then the objective and whatever else the trials have. */
function metricsOf(searches: readonly ReportedSearch[]): readonly ChartMetric[] {
  const level = searches[0]?.summary.level;
  const metrics = new Map<string, ChartMetric>();
  for (const { name, goal, atMost, atLeast } of level?.metrics ?? []) {
    metrics.set(name, { name, goal, atMost: atMost ?? null, atLeast: atLeast ?? null });
  }
  if (level?.objective !== undefined) {
    metrics.set('objective', { name: 'objective', goal: level.objective.goal, atMost: null, atLeast: null });
  }
  const found = new Set<string>();
  for (const { summary } of searches) {
    for (const { outcome } of summary.trials) {
      if (outcome?.kind !== 'scored') continue;
      for (const name of Object.keys(outcome.metrics)) found.add(name);
    }
  }
  for (const name of found) {
    if (!metrics.has(name)) metrics.set(name, { name, goal: 'observe', atMost: null, atLeast: null });
  }
  return [...metrics.values()].filter(({ name }) => found.has(name));
}
