import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

import ts from 'typescript';

/** Which node imports which; nodes are files, or what `mergeNodes` makes of them. */
export type ImportGraph = ReadonlyMap<string, ReadonlySet<string>>;

/**
 * Imports between the TypeScript files of some folders (and single files) below a root, types too. Relative imports
 * lead to files; imports of packages are left out.
 */
export function importGraph(root: string, places: readonly string[]): ImportGraph {
  const files = places.flatMap((place) => (place.endsWith('.ts') ? [place] : sourcesIn(root, place)));
  const known = new Set(files);
  return new Map(
    files.map((file) => {
      const { importedFiles } = ts.preProcessFile(readFileSync(path.join(root, file), 'utf8'), true, true);
      const targets = importedFiles
        .filter(({ fileName }) => fileName.startsWith('.'))
        .map(({ fileName }) => path.join(path.dirname(file), fileName).replace(/\.js$/, '.ts'));
      return [file, new Set(targets.filter((target) => known.has(target)))] as const;
    }),
  );
}

/** The graph of groups of nodes; imports inside a group are left out. */
export function mergeNodes(graph: ImportGraph, groupOf: (node: string) => string): ImportGraph {
  const merged = new Map<string, Set<string>>();
  for (const [node, targets] of graph) {
    const group = groupOf(node);
    const imported = merged.get(group) ?? new Set();
    merged.set(group, imported);
    for (const target of targets) if (groupOf(target) !== group) imported.add(groupOf(target));
  }
  return merged;
}

/** One circle of imports, its first node repeated at the end; null where there is none. */
export function circleIn(graph: ImportGraph): readonly string[] | null {
  const finished = new Set<string>();
  const path: string[] = [];
  const visit = (node: string): readonly string[] | null => {
    if (finished.has(node)) return null;
    const from = path.indexOf(node);
    if (from >= 0) return [...path.slice(from), node];
    path.push(node);
    for (const target of graph.get(node) ?? []) {
      const circle = visit(target);
      if (circle !== null) return circle;
    }
    path.pop();
    finished.add(node);
    return null;
  };
  for (const node of graph.keys()) {
    const circle = visit(node);
    if (circle !== null) return circle;
  }
  return null;
}

function sourcesIn(root: string, folder: string): readonly string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => path.join(folder, name));
}
