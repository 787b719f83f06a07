import type { Decisions } from './compile.js';
import { compile } from './compile.js';
import { elementId, listId, valuePath } from '../language/decision-id.js';
import type { View, ViewNode, When } from '../views/view.js';

/** One decision point of a space: a decision, or one pick of a multi-choice with several. */
export interface Point {
  readonly id: string;
  /** Where its outcome stands in the decoded value. */
  readonly path: string;
  readonly node: ViewNode;
  /** Which pick of `node` it is; null for a decision that is one point. */
  readonly pick: number | null;
  /** The choice or pick whose candidate `is`, or the length `above` a number, makes it active; null = always. */
  readonly when: When;
}

/** Every decision point, inactive ones included, in genome order: each pick is followed by what lies below it. */
export function points(x: Decisions): readonly Point[] {
  const found: Point[] = [];
  expand(compile(x).view, '', '', null, found);
  return found;
}

/** Lists the points of a view whose ids start with `template`, which is `actual` here. */
function expand(view: View, template: string, actual: string, when: When, found: Point[]): void {
  for (const node of view.nodes) {
    const id = actual + node.id.slice(template.length);
    switch (node.kind) {
      case 'choice':
        found.push({ id, path: valuePath(id), node, pick: null, when });
        node.sub.forEach((sub, is) => {
          expand(sub, node.id, id, { id, is }, found);
        });
        break;
      case 'picks':
        for (let pick = 0; pick < node.k; pick++) {
          const own = node.k === 1 ? id : elementId(id, pick);
          const inner = node.k === 1 ? node.id : elementId(node.id, '*');
          found.push({ id: own, path: valuePath(own), node, pick: node.k === 1 ? null : pick, when });
          node.sub.forEach((sub, is) => {
            expand(sub, inner, own, { id: own, is }, found);
          });
        }
        break;
      case 'int':
      case 'float':
        found.push({ id, path: valuePath(id), node, pick: null, when });
        break;
      case 'length':
        found.push({ id, path: valuePath(id), node, pick: null, when });
        node.sub.forEach((sub, above) => {
          const inner = elementId(listId(node.id), above);
          expand(sub, inner, elementId(listId(id), above), { id, above }, found);
        });
        break;
      default:
        node satisfies never;
    }
  }
}
