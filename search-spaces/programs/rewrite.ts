import type { Json } from '../../foundation/json/index.js';
import { evaluateExpression } from '../expressions/evaluate-expression.js';
import { isList } from '../expressions/expression.js';
import { parseExpression } from '../expressions/parse-expression.js';
import { SpaceError } from '../ground/space-error.js';
import type { Space } from '../language/space.js';
import type { Match } from './match.js';
import { matcher } from './match.js';
import type { Visit } from './visit.js';
import type { Program } from './tree.js';
import { checkedProgram, isBranch, isQuote, partsOf, treeOf } from './tree.js';

/**
 * What a rule puts in place of a matched value: JSON in which each `{ $expr }` is computed, `["old"]` being the matched
 * value and `["param", name]` a parameter of a named rule; or a function of this process, which is never stored.
 */
export type Replacement = Program | ((old: Json, visit: Visit) => Program);

export interface Rule {
  readonly match: Match;
  readonly with: Replacement;
  /** Whether the rule may match nothing (false); else `rewrite` throws. */
  readonly allowNoMatch?: boolean;
}

export interface RewriteOptions {
  /** For all rules that do not say so themselves (false). */
  readonly allowNoMatch?: boolean;
  readonly params?: { readonly [name: string]: Json };
}

/**
 * The program with every matched value replaced: outer places first, by the first rule that matches. Rules do not match
 * inside a replacement. A program becomes a space by one rewrite. Throws `SpaceError` `rule_matched_nothing`,
 * `bad_rule`, or what makes the result no program.
 */
export function rewrite(program: Program, rules: readonly Rule[], options: RewriteOptions = {}): Space {
  const rewriter = new Rewriter(rules, options.params ?? {});
  const result = rewriter.tree({ path: '', key: null, value: treeOf(program), parent: null });
  rules.forEach((rule, i) => {
    if (rewriter.hasMatched(i) || (rule.allowNoMatch ?? options.allowNoMatch) === true) return;
    const detail = `rule ${i} matches nothing; allow that with allowNoMatch.`;
    throw new SpaceError({ code: 'rule_matched_nothing', id: null, pos: null, detail });
  });
  return checkedProgram(result);
}

class Rewriter {
  private readonly rules: readonly {
    readonly matches: (visit: Visit) => boolean;
    readonly with: Replacement;
  }[];
  private readonly params: { readonly [name: string]: Json };
  private readonly matched = new Set<number>();

  constructor(rules: readonly Rule[], params: { readonly [name: string]: Json }) {
    this.rules = rules.map((rule) => ({ matches: matcher(rule.match), with: rule.with }));
    this.params = params;
  }

  hasMatched(rule: number): boolean {
    return this.matched.has(rule);
  }

  tree(visit: Visit): Json {
    const place = this.rules.findIndex(({ matches }) => matches(visit));
    const rule = this.rules[place];
    if (rule !== undefined) {
      this.matched.add(place);
      if (typeof rule.with === 'function') return treeOf(rule.with(visit.value, visit));
      return this.computed(treeOf(rule.with), visit);
    }
    const { value } = visit;
    const parts = partsOf(value, visit.path);
    const results = parts.map(([key, part, path]) => this.tree({ path, key, value: part, parent: value }));
    if (results.every((result, i) => result === parts[i]?.[1])) return value;
    if (!isBranch(value)) return results;
    return Object.fromEntries(parts.map(([key], i) => [String(key), results[i] ?? null]));
  }

  /** The template with every `{ $expr }` computed. */
  private computed(template: Json, visit: Visit): Json {
    if (template === null || typeof template !== 'object' || isQuote(template)) return template;
    if (isList(template)) return template.map((item) => this.computed(item, visit));
    if (Object.hasOwn(template, '$expr')) {
      try {
        const expression = parseExpression(template['$expr'], ['old', 'param']);
        return evaluateExpression(expression, visit.value, { old: visit.value, params: this.params });
      } catch (error) {
        if (!(error instanceof SpaceError)) throw error;
        throw new SpaceError({ code: error.code, id: visit.path, pos: null, detail: error.detail });
      }
    }
    const entries = Object.entries(template).map(([key, member]) => [key, this.computed(member, visit)]);
    return Object.fromEntries(entries) as Json;
  }
}
