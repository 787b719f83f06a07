import type { Json } from '../../foundation/json/index.js';
import { hashJson } from '../../foundation/numbers/index.js';
import type { Decisions } from './compile.js';
import { compile } from './compile.js';
import type { Genome } from '../views/genome.js';
import { normalize } from './normalize.js';
import { settingsOf, shapeOf } from '../language/decision-kinds.js';
import type { Decision, Meta, Space } from '../language/space.js';
import { formOf, partsOf } from '../language/space-form.js';
import type { ChoiceNode, PicksNode, View, ViewNode } from '../views/view.js';

/** Hashes of compiled spaces and views, kept because `genomeKey` asks for one every time. */
const known = new WeakMap<object, string>();

function remembered(key: object | null, make: () => string): string {
  if (key === null) return make();
  const hash = known.get(key) ?? make();
  known.set(key, hash);
  return hash;
}

/**
 * Hash of a space with its defaults filled in. `doc` and the order of tags do not count; the order of keys counts
 * only where it is the order of decisions.
 */
export function spaceHash(space: Space): string {
  compile(space);
  return remembered(typeof space === 'object' ? space : null, () => hashJson(canonicalSpace(space).form));
}

/** Hash of all that an algorithm sees of a space. */
export function viewHash(x: Decisions): string {
  const { view } = compile(x);
  return remembered(view, () => hashJson(canonicalView(view)));
}

/** A key that two genomes share exactly if they are the same point of the same space (or of views that are equal). */
export function genomeKey(x: Decisions, genome: Genome): string {
  const compiled = compile(x);
  const owner = compiled.space === undefined ? viewHash(compiled) : spaceHash(compiled.space);
  return hashJson([owner, normalize(compiled, genome)]);
}

/** Hash of a decoded value: the same for genomes whose candidates happen to be equal. */
export function valueHash(value: Json): string {
  return hashJson(value);
}

/** A space in canonical form, and whether it holds a decision. */
interface Canonical {
  readonly form: Json;
  readonly decides: boolean;
}

function meta(node: Meta): { readonly [key: string]: Json } {
  return {
    ...(node.name === undefined ? {} : { name: node.name }),
    ...(node.tags === undefined || node.tags.length === 0 ? {} : { tags: [...node.tags].sort() }),
  };
}

/** The spaces in the node of a decision under the name of their field, in canonical form. */
function canonicalParts(decision: Decision): { readonly [field: string]: Json } {
  const forms = partsOf(decision).map((part) => canonicalSpace(part).form);
  if ('candidates' in decision) return { candidates: forms };
  return forms[0] === undefined ? {} : { of: forms[0] };
}

function canonicalDecision(decision: Decision): Json {
  const shape = shapeOf(decision);
  const weights = 'weights' in shape ? { weights: shape.weights } : {};
  return {
    $kind: decision.$kind,
    ...settingsOf(decision),
    ...canonicalParts(decision),
    ...weights,
    ...meta(decision),
  };
}

function canonicalSpace(space: Space): Canonical {
  const seen = formOf(space);
  switch (seen.kind) {
    case 'scalar':
      return { form: seen.value, decides: false };
    case 'const':
      return { form: { $kind: 'const', value: seen.value }, decides: false };
    case 'array': {
      const items = seen.items.map(canonicalSpace);
      return { form: items.map((item) => item.form), decides: items.some((item) => item.decides) };
    }
    case 'object': {
      const entries = Object.entries(seen.of).map(([key, member]) => [key, canonicalSpace(member)] as const);
      if (!entries.some(([, member]) => member.decides)) {
        return {
          form: Object.fromEntries(entries.map(([key, member]) => [key, member.form])),
          decides: false,
        };
      }
      return {
        form: { $kind: 'object', entries: entries.map(([key, member]) => [key, member.form]) },
        decides: true,
      };
    }
    case 'decision':
      return { form: canonicalDecision(seen.node), decides: true };
    case 'derived':
      return { form: { $kind: 'derived', expr: seen.node.expr }, decides: false };
    case 'constrained': {
      const { form, decides } = canonicalSpace(seen.node.of);
      const constraints = seen.node.constraints.map(({ expr, reason }) => ({ expr, reason }));
      return { form: { $kind: 'constrained', of: form, constraints }, decides };
    }
    case 'frozen':
      return { form: { $kind: 'frozen', of: canonicalSpace(seen.node.of).form }, decides: true };
    default:
      return seen satisfies never;
  }
}

function canonicalView(view: View): Json {
  return { nodes: view.nodes.map(canonicalViewNode), constrained: view.constrained, size: view.size };
}

function canonicalViewNode(node: ViewNode): Json {
  const { name, tags, when, ...own } = node;
  const shared: { readonly [key: string]: Json } = {
    ...(name === undefined ? {} : { name }),
    tags: [...tags].sort(),
    when: when === null ? null : { ...when },
  };
  switch (own.kind) {
    case 'choice': {
      // Whether the candidates are ordered stays out: hashes are older than the mark.
      const { ordered: _ordered, ...unmarked } = own;
      return canonicalCandidates(unmarked, shared);
    }
    case 'picks':
      return canonicalCandidates(own, shared);
    case 'length':
      return { ...own, ...shared, sub: own.sub.map(canonicalView) };
    case 'int':
    case 'float':
      return { ...own, ...shared };
    default:
      return own satisfies never;
  }
}

function canonicalCandidates(
  own: Omit<ChoiceNode, keyof Meta | 'when' | 'ordered'> | Omit<PicksNode, keyof Meta | 'when'>,
  shared: { readonly [key: string]: Json },
): Json {
  const { sub, weights, ...fields } = own;
  return {
    ...fields,
    ...shared,
    ...(weights === undefined ? {} : { weights }),
    sub: sub.map(canonicalView),
  };
}
