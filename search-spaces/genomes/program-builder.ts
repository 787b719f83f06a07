import { isPlainObject, type Json } from '../../foundation/json/index.js';
import { isSatisfied } from './constraint-verdict.js';
import { evaluateIn } from '../expressions/evaluate-expression.js';
import { pathSteps } from '../expressions/expression.js';
import { asksForPlaces, pathsOf } from '../expressions/parse-expression.js';
import { remainingConstraints } from '../language/remaining-constraints.js';
import type { Constraint, Decision } from '../language/space.js';
import type { SpaceProblem } from '../ground/space-error.js';
import { SpaceError } from '../ground/space-error.js';
import type { ConstrainedTemplate, DerivedTemplate, Template } from './template.js';

/** A value under construction: derived values and constrained parts stand in it until everything is decided. */
type Draft = Json | DerivedDraft | ConstrainedDraft | Draft[] | { [key: string]: Draft };
type Container = Draft[] | { [key: string]: Draft };
type Steps = readonly (string | number)[];

/** The containers around a place, the nearest first. */
interface Scope {
  readonly container: Container;
  readonly up: Scope | null;
}

class DerivedDraft {
  readonly template: DerivedTemplate;
  readonly scope: Scope | null;
  state: 'waiting' | 'running' | 'done' = 'waiting';
  value: Json = null;

  constructor(template: DerivedTemplate, scope: Scope | null) {
    this.template = template;
    this.scope = scope;
  }
}

class ConstrainedDraft {
  readonly template: ConstrainedTemplate;
  readonly of: Draft;
  /** Below a frozen decision: whether a violation counts depends on the choice that is still to come. */
  readonly isOptional: boolean;

  constructor(template: ConstrainedTemplate, of: Draft, isOptional: boolean) {
    this.template = template;
    this.of = of;
    this.isOptional = isOptional;
  }
}

/** Thrown where an expression reads a value that depends on an open decision. */
class Undecided extends Error {}
/** Thrown where an expression of a part by itself reads what lies outside of the part. */
class OutsideOfPart extends Error {}

/** Whether a part satisfies its constraints; `open` when that depends on what lies outside of it. */
export type Feasibility = 'satisfied' | 'violated' | 'open';

/**
 * Builds the value of a valid genome with derived values computed. With `quotes` the value is a space itself: what
 * depends on a frozen decision stays a node, and constants stay quoted.
 */
export class ProgramBuilder {
  private place: number;
  private readonly numbers: readonly number[];
  private readonly quotes: boolean;
  private readonly isPart: boolean;
  /** The containers made here; all others belong to the space. */
  private readonly own = new Set<object>();
  private frozenDepth = 0;
  private violation: SpaceProblem | null = null;

  constructor(numbers: readonly number[], options: { quotes: boolean; start?: number; isPart?: boolean }) {
    this.numbers = numbers;
    this.quotes = options.quotes;
    this.place = options.start ?? 0;
    this.isPart = options.isPart ?? false;
  }

  /** The value, and the first violated constraint if there is one. */
  program(template: Template): { readonly value: Json; readonly violation: SpaceProblem | null } {
    const draft = this.build(template, null, '');
    const value = this.settle(draft);
    return { value, violation: this.violation };
  }

  /** Whether the constraints of one constrained part hold, its numbers being those from the start on. */
  feasibility(template: ConstrainedTemplate): Feasibility {
    try {
      const draft = this.build(template, null, '');
      this.settle(draft);
    } catch (error) {
      if (error instanceof OutsideOfPart) return 'open';
      throw error;
    }
    return this.violation === null ? 'satisfied' : 'violated';
  }

  private build(template: Template, scope: Scope | null, repetition: string): Draft {
    switch (template.kind) {
      case 'fixed':
        return template.value;
      case 'array': {
        const values = this.made<Draft[]>([]);
        const inner = { container: values, up: scope };
        for (const item of template.items) values.push(this.build(item, inner, repetition));
        return values;
      }
      case 'object': {
        const value = this.made<{ [key: string]: Draft }>({});
        const inner = { container: value, up: scope };
        const { keys, members } = template;
        for (let i = 0; i < keys.length; i++) {
          const member = members[i];
          if (member !== undefined) value[keys[i] ?? ''] = this.build(member, inner, repetition);
        }
        return value;
      }
      case 'choice':
        return this.candidate(template.candidates, scope, repetition);
      case 'picks': {
        const values = this.made<Draft[]>([]);
        const inner = { container: values, up: scope };
        for (let pick = 0; pick < template.plan.k; pick++) {
          const below = template.plan.k === 1 ? repetition : `${repetition}[${pick}]`;
          values.push(this.candidate(template.candidates, inner, below));
        }
        return values;
      }
      case 'number':
        return this.numbers[this.place++] ?? 0;
      case 'list': {
        const values = this.made<Draft[]>([]);
        const inner = { container: values, up: scope };
        const length = this.numbers[this.place++] ?? 0;
        template.elements.slice(0, length).forEach((element, i) => {
          values.push(this.build(element, inner, `${repetition}[${i}]`));
        });
        return values;
      }
      case 'derived':
        return new DerivedDraft(template, scope);
      case 'constrained': {
        const of = this.build(template.of, scope, repetition);
        return new ConstrainedDraft(template, of, this.frozenDepth > 0);
      }
      case 'frozen': {
        this.frozenDepth++;
        const parts = template.parts.map((part) => this.build(part, scope, repetition));
        this.frozenDepth--;
        const { node } = template;
        const data = dataOf(node);
        // Several copies of one decision need different names.
        if (node.name !== undefined) data['name'] = node.name + repetition;
        if ('candidates' in node) data['candidates'] = this.made(parts);
        else if (parts[0] !== undefined) data['of'] = parts[0];
        return this.made(data);
      }
      default:
        return template satisfies never;
    }
  }

  private made<C extends Container>(container: C): C {
    this.own.add(container);
    return container;
  }

  /** Whether a draft may hold derived values to compute: values shared with the space hold none. */
  private needsSettling(draft: Draft): boolean {
    return (
      draft instanceof DerivedDraft ||
      draft instanceof ConstrainedDraft ||
      (draft !== null && typeof draft === 'object' && this.own.has(draft))
    );
  }

  private candidate(candidates: readonly Template[], scope: Scope | null, repetition: string): Draft {
    const candidate = candidates[this.numbers[this.place++] ?? 0];
    return candidate === undefined ? null : this.build(candidate, scope, repetition);
  }

  /** A draft with everything in it computed that can be. */
  private settle(draft: Draft): Json {
    if (draft instanceof DerivedDraft) {
      const value = this.derived(draft);
      if (value === undefined) return { $kind: 'derived', expr: draft.template.expr as Json };
      return this.quotes && typeof value === 'object' && value !== null ? { $kind: 'const', value } : value;
    }
    if (draft instanceof ConstrainedDraft) return this.constrainedPart(draft);
    if (draft === null || typeof draft !== 'object' || !this.own.has(draft)) return draft as Json;
    const container = draft as Container;
    if (Array.isArray(container)) {
      container.forEach((item, i) => {
        if (this.needsSettling(item)) container[i] = this.settle(item);
      });
    } else {
      for (const [key, member] of Object.entries(container)) {
        if (this.needsSettling(member)) container[key] = this.settle(member);
      }
    }
    return draft as Json;
  }

  /** The computed value; undefined where it depends on a frozen decision. */
  private derived(draft: DerivedDraft): Json | undefined {
    if (draft.state === 'done') return draft.value;
    if (draft.state === 'running') {
      const detail = 'a derived value depends on itself.';
      throw new SpaceError({ code: 'reference_cycle', id: null, pos: null, detail });
    }
    draft.state = 'running';
    try {
      draft.value = evaluateIn(draft.template.expr, {
        lookUp: (steps) => this.outwards(draft.scope, steps),
      });
      draft.state = 'done';
      return draft.value;
    } catch (error) {
      draft.state = 'waiting';
      if (error instanceof Undecided) return undefined;
      throw error;
    }
  }

  /** The value at a path from the nearest container in which it exists. */
  private outwards(scope: Scope | null, steps: Steps): Json | undefined {
    for (let at = scope; at !== null; at = at.up) {
      const found = this.walk(at.container, steps);
      if (found !== undefined) return this.plain(found);
    }
    if (this.isPart) throw new OutsideOfPart();
    return undefined;
  }

  private walk(from: Draft, steps: Steps): Draft | undefined {
    let value: Draft | undefined = this.opened(from);
    for (const step of steps) {
      if (value === undefined || value === null || typeof value !== 'object') return undefined;
      if (Array.isArray(value)) {
        const items = value as readonly Draft[];
        value = typeof step === 'number' ? items[step] : undefined;
      } else {
        const members = value as { readonly [key: string]: Draft };
        value = Object.hasOwn(members, String(step)) ? members[String(step)] : undefined;
      }
      if (value !== undefined) value = this.opened(value);
    }
    return value;
  }

  /** What stands at a place once derived values are computed and quotes taken off. */
  private opened(draft: Draft): Draft {
    if (draft instanceof DerivedDraft) {
      const value = this.derived(draft);
      if (value === undefined) throw new Undecided();
      return value;
    }
    if (draft instanceof ConstrainedDraft) return this.opened(draft.of);
    if (!this.quotes || !isPlainObject(draft) || !Object.hasOwn(draft, '$kind')) return draft;
    const node = draft;
    if (node['$kind'] === 'const') return node['value'] ?? null;
    if (node['$kind'] === 'constrained') return this.opened(node['of'] ?? null);
    throw new Undecided();
  }

  /** A value as expressions see it: decided all through, without quotes. */
  private plain(draft: Draft): Json {
    if (draft === null || typeof draft !== 'object') return draft;
    if (!this.quotes && !this.needsSettling(draft)) return draft as Json;
    if (Array.isArray(draft)) return (draft as readonly Draft[]).map((item) => this.plainAt(item));
    const entries = Object.entries(draft as { readonly [key: string]: Draft });
    return Object.fromEntries(entries.map(([key, member]) => [key, this.plainAt(member)]));
  }

  private plainAt(draft: Draft): Json {
    const isQuote = this.quotes && isPlainObject(draft) && draft['$kind'] === 'const';
    const opened = this.opened(draft);
    return isQuote ? (opened as Json) : this.plain(opened);
  }

  private constrainedPart(draft: ConstrainedDraft): Json {
    const undecided: Constraint[] = [];
    for (const constraint of draft.template.constraints) {
      const verdict = this.verdict(draft, constraint);
      if (verdict === 'undecided' || (verdict === 'violated' && draft.isOptional)) undecided.push(constraint);
      else if (verdict === 'violated') {
        const detail = constraint.reason;
        this.violation ??= { code: 'constraint_violated', id: null, pos: null, detail };
      }
    }
    const of = this.settle(draft.of);
    const remaining = remainingConstraints(undecided, of);
    if (remaining.length === 0) return of;
    return { $kind: 'constrained', of, constraints: remaining.map(asJson) };
  }

  private verdict(draft: ConstrainedDraft, constraint: Constraint): 'satisfied' | 'violated' | 'undecided' {
    let isUndecided = false;
    const lookUp = (steps: Steps): Json | undefined => {
      try {
        const found = this.walk(draft.of, steps);
        return found === undefined ? undefined : this.plain(found);
      } catch (error) {
        // Something is there, so the search for missing places goes on.
        if (!(error instanceof Undecided)) throw error;
        isUndecided = true;
        return null;
      }
    };
    const satisfied = isSatisfied(constraint, lookUp);
    // A missing place decides, whatever else is still open.
    if (isUndecided && !this.isMissing(draft, constraint)) return 'undecided';
    return satisfied ? 'satisfied' : 'violated';
  }

  private isMissing(draft: ConstrainedDraft, { expr }: Constraint): boolean {
    if (asksForPlaces(expr)) return false;
    return pathsOf(expr).some((path) => {
      try {
        return this.walk(draft.of, pathSteps(path) ?? []) === undefined;
      } catch (error) {
        if (error instanceof Undecided) return false;
        throw error;
      }
    });
  }
}

function asJson({ expr, reason }: Constraint): Json {
  return { expr, reason };
}

/** A decision as the JSON that it is. */
function dataOf(node: Decision): { [key: string]: Draft } {
  return Object.fromEntries(Object.entries(node) as [string, Json][]);
}
