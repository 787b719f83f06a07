import type { Json } from '../../numerics/canonical-json.js';
import { compile } from '../compile.js';
import { candidateId, elementId, lengthId, memberId } from '../decision-id.js';
import { isList } from '../expression.js';
import type { Genome } from '../genome.js';
import { toDict } from '../genome-dictionary.js';
import { spaceLimits } from '../parse-space.js';
import { part } from '../part.js';
import type { SpaceErrorCode } from '../space-error.js';
import { show, SpaceError, valueOrThrow } from '../space-error.js';
import type { Frozen, ObjectSpace, Space } from '../space.js';
import { mapDecision, nodeOf } from '../space-node.js';
import { validate } from '../validate.js';
import type { View } from '../view.js';
import type { Selection } from '../where.js';
import type { Branch } from './tree.js';
import { checkedProgram, isBranch, isQuote } from './tree.js';

/** The calls that stand for decisions in a supernet; no space that becomes one may use them. */
export const superNetCalls = ['switch', 'mix', 'control', 'masked'] as const;

/** What the decisions of a supernet are set to, by id: indices of candidates, numbers, and lengths of lists. */
export type Mask = { readonly [id: string]: number };

export interface SuperNetOptions {
  /** `switch`: one branch is run at a time. `mix`: the weighted sum of all branches, as in DARTS (`switch`). */
  readonly mode?: 'switch' | 'mix';
  /** Whether each pick of a multi-choice has its own parameters (`perPick`). */
  readonly share?: 'perPick' | 'acrossPicks';
  /**
   * The functions that own parameters (none): their calls get the argument `key`, the place of the call in the space,
   * such as `layers[0].candidates[2]`, under which the parameters are kept.
   */
  readonly keyed?: readonly string[];
}

/** A space rewritten so that all its points are in one program and share parameters. JSON. */
export interface SuperNet {
  /**
   * The program with all candidates: `{ $call: 'switch' | 'mix', id, branches }` for a choice or a pick,
   * `{ $call: 'control', id }` for a number, `{ $call: 'masked', id, elements }` for a list. What was not selected is
   * still a decision in it.
   */
  readonly program: Space;
  /** What an algorithm sees of the selected decisions. */
  readonly controls: View;
  /** `part(space, where)`, whose genomes set the controls. */
  readonly space: Space;
}

/**
 * Rewrites a space into a supernet: every selected decision becomes a call that holds all of its candidates. Ids are
 * those of `part(space, where)`; constraints stay with the genomes. Throws `SpaceError` `bad_selection` where nothing
 * is selected, `unknown_call` for a keyed function that the space never calls, `does_not_fit` for a space that no
 * supernet can stand for (with derived values, or with constraints beside decisions that are not selected), or
 * `too_large`.
 *
 * Sources: Pham et al., "Efficient Neural Architecture Search via Parameter Sharing", 2018; Liu et al., "DARTS:
 * Differentiable Architecture Search", 2019.
 */
export function superNet(space: Space, where: Selection, options: SuperNetOptions = {}): SuperNet {
  const own = part(space, where);
  const { view: controls, traits } = compile(own);
  if (controls.nodes.length === 0) refuse('bad_selection', null, 'no decision is selected.');
  if (traits.constrains && traits.freezes) {
    refuse(
      'does_not_fit',
      null,
      'constraints need all decisions; select them all or decide the others first.',
    );
  }
  const builder = new SuperNetBuilder(options, traits.freezes);
  const program = builder.build(own, { id: '', key: '', repetition: '' });
  builder.refuseUncalled();
  // Without decisions in it, a program is whatever its constants are.
  return { program: traits.freezes ? checkedProgram(program) : program, controls, space: own };
}

/** Where a part of the space stands: its id, the key of parameters there, and which copy of a repetition it is. */
interface Spot {
  readonly id: string;
  readonly key: string;
  readonly repetition: string;
}

class SuperNetBuilder {
  readonly #choice: 'switch' | 'mix';
  readonly #sharesPicks: boolean;
  readonly #keyed: ReadonlySet<string>;
  readonly #called = new Set<string>();
  readonly #quotes: boolean;
  #nodes = 0;

  /** `quotes`: the program is still a space, so constants stay quoted. */
  constructor({ mode = 'switch', share = 'perPick', keyed = [] }: SuperNetOptions, quotes: boolean) {
    this.#choice = mode;
    this.#sharesPicks = share === 'acrossPicks';
    this.#keyed = new Set(keyed);
    this.#quotes = quotes;
  }

  refuseUncalled(): void {
    for (const name of this.#keyed) {
      if (!this.#called.has(name)) refuse('unknown_call', null, `the space never calls ${show(name)}.`);
    }
  }

  build(space: Space, spot: Spot): Json {
    const { id, key } = spot;
    this.#nodes++;
    if (this.#nodes > spaceLimits.nodes) {
      refuse('too_large', id, `a supernet of more than ${spaceLimits.nodes} nodes.`);
    }
    const seen = nodeOf(space);
    switch (seen.kind) {
      case 'scalar':
        return seen.value;
      case 'const':
        refuseReserved(seen.value, id);
        return this.#quotes ? { $kind: 'const', value: seen.value } : seen.value;
      case 'array':
        return seen.items.map((item, i) =>
          this.build(item, { ...spot, id: elementId(id, i), key: elementId(key, i) }),
        );
      case 'object':
        return this.#object(seen.of, spot);
      case 'oneOf':
        return this.#switch(seen.node.candidates, spot);
      case 'bool':
        return { $call: this.#choice, id, branches: [false, true] };
      case 'optional': {
        const present = { ...spot, id: candidateId(id, 1, 2), key: memberId(key, 'of') };
        return { $call: this.#choice, id, branches: [null, this.build(seen.node.of, present)] };
      }
      case 'manyOf':
        return this.#picks(seen.node.candidates, seen.node.k, spot);
      case 'permutation':
        return this.#picks(seen.node.candidates, seen.node.candidates.length, spot);
      case 'int':
      case 'float':
        return { $call: 'control', id };
      case 'listOf': {
        const elements = Array.from({ length: seen.node.max }, (_, i) =>
          this.build(seen.node.of, {
            id: elementId(id, i),
            key: elementId(key, i),
            repetition: `${spot.repetition}[${i}]`,
          }),
        );
        return { $call: 'masked', id: lengthId(id), elements };
      }
      case 'derived':
        return refuse(
          'does_not_fit',
          id,
          'a derived value changes with the genome; decide it or take it out.',
        );
      case 'constrained':
        return this.build(seen.node.of, spot);
      case 'frozen':
        return this.#frozen(seen.node, spot);
      default:
        return seen satisfies never;
    }
  }

  #object(of: ObjectSpace, spot: Spot): Json {
    const { id, key } = spot;
    // A checked space holds a name here, never a decision about one.
    const call = typeof of['$call'] === 'string' ? of['$call'] : undefined;
    if (isReserved(call)) refuseCall(call, id);
    const members = Object.entries(of).map(
      ([name, member]) =>
        [name, this.build(member, { ...spot, id: memberId(id, name), key: memberId(key, name) })] as const,
    );
    if (call === undefined || !this.#keyed.has(call)) return Object.fromEntries(members);
    if (Object.hasOwn(of, 'key')) refuse('does_not_fit', id, `the call of ${show(call)} has a key already.`);
    this.#called.add(call);
    return Object.fromEntries([...members, ['key', key]]);
  }

  #switch(candidates: readonly Space[], spot: Spot): Json {
    const list = memberId(spot.key, 'candidates');
    const branches = candidates.map((candidate, i) =>
      this.build(candidate, {
        ...spot,
        id: candidateId(spot.id, i, candidates.length),
        key: elementId(list, i),
      }),
    );
    return { $call: this.#choice, id: spot.id, branches };
  }

  #picks(candidates: readonly Space[], k: number, spot: Spot): Json {
    if (k === 1) return [this.#switch(candidates, spot)];
    return Array.from({ length: k }, (_, pick) =>
      this.#switch(candidates, {
        id: elementId(spot.id, pick),
        key: this.#sharesPicks ? spot.key : elementId(spot.key, pick),
        repetition: `${spot.repetition}[${pick}]`,
      }),
    );
  }

  /** A decision that stays one, its copies under different names; those inside that were selected are controls. */
  #frozen({ of }: Frozen, { id, key, repetition }: Spot): Json {
    const inside = (name: string, i: number): Spot => {
      const [innerId, innerKey] = [memberId(id, name), memberId(key, name)];
      return name === 'of'
        ? { id: innerId, key: innerKey, repetition }
        : { id: elementId(innerId, i), key: elementId(innerKey, i), repetition };
    };
    // What is built of a space is one again while the program is.
    const decision = mapDecision(of, (inner, i) =>
      this.build(inner, inside('candidates' in of ? 'candidates' : 'of', i)),
    );
    const named = decision.name === undefined ? decision : { ...decision, name: decision.name + repetition };
    return named as unknown as Json;
  }
}

/** The setting of the controls for one point: what every active decision is, by id. Throws for an invalid genome. */
export function maskOf({ space }: Pick<SuperNet, 'space'>, genome: Genome): Mask {
  const numbers = toDict(space, valueOrThrow(validate(space, genome)));
  // Without literals or labels a dictionary of active points holds numbers only.
  return numbers as Mask;
}

/**
 * The child program of one point, cut out of the supernet, keys of parameters included: what
 * `decode(part(space, where), genome)` gives apart from the keys. Throws `SpaceError` for an invalid genome.
 */
export function childOf(net: SuperNet, genome: Genome): Space {
  // A cut keeps whole parts of the program.
  return cut(net.program as Json, maskOf(net, genome));
}

function cut(tree: Json, mask: Mask): Json {
  if (tree === null || typeof tree !== 'object' || isQuote(tree)) return tree;
  if (isList(tree)) return tree.map((item) => cut(item, mask));
  if (!isBranch(tree)) return tree;
  const call = tree['$call'];
  if (!isReserved(call)) {
    return Object.fromEntries(Object.entries(tree).map(([key, member]) => [key, cut(member, mask)]));
  }
  const set = settingOf(tree, mask);
  switch (call) {
    case 'switch':
    case 'mix':
      return cut(listIn(tree, 'branches')[set] ?? null, mask);
    case 'control':
      return set;
    case 'masked':
      return listIn(tree, 'elements')
        .slice(0, set)
        .map((element) => cut(element, mask));
    default:
      return call satisfies never;
  }
}

function settingOf(call: Branch, mask: Mask): number {
  const id = idIn(call);
  const set = Object.hasOwn(mask, id) ? mask[id] : undefined;
  if (set !== undefined) return set;
  return refuse('missing_decision', id, 'the genome does not decide what the program asks for.');
}

function idIn({ id }: Branch): string {
  return typeof id === 'string' ? id : refuse('shape_mismatch', null, 'a call of the supernet has no id.');
}

function listIn(call: Branch, name: string): readonly Json[] {
  const list = call[name];
  if (list !== undefined && isList(list)) return list;
  return refuse('shape_mismatch', idIn(call), `the call of the supernet has no ${name}.`);
}

function isReserved(call: Json | undefined): call is (typeof superNetCalls)[number] {
  return superNetCalls.some((name) => name === call);
}

/** Constants lose their quotes in a program, so that their calls become calls. */
function refuseReserved(value: Json, id: string): void {
  if (value === null || typeof value !== 'object') return;
  if (isBranch(value) && isReserved(value['$call'])) refuseCall(value['$call'], id);
  for (const member of Object.values(value)) refuseReserved(member, id);
}

function refuseCall(call: string, id: string): never {
  refuse('does_not_fit', id, `${show(call)} is a call of supernets; give the space's function another name.`);
}

function refuse(code: SpaceErrorCode, id: string | null, detail: string): never {
  throw new SpaceError({ code, id, pos: null, detail });
}
