import type { Json } from '../../foundation/json/index.js';
import { derivedReads, spacesRead } from '../language/check-references.js';
import { compile } from '../genomes/compile.js';
import { candidateId, elementId, lengthId, memberId } from '../language/decision-id.js';
import { shapeOf } from '../language/decision-kinds.js';
import type { ChoiceShape, PicksShape } from '../language/decision-shape.js';
import { spaceLimits } from '../language/parse-space.js';
import { part } from '../genomes/part.js';
import type { SpaceErrorCode } from '../ground/space-error.js';
import { show, SpaceError } from '../ground/space-error.js';
import type { Constrained, Constraint, Decision, Frozen, ObjectSpace, Space } from '../language/space.js';
import { isDecision, mapDecision, formOf, partPlace, partsOf } from '../language/space-form.js';
import type { View } from '../views/view.js';
import type { Selection } from '../views/where.js';
import { isSuperNetCall } from './super-net-calls.js';
import { checkedProgram, isBranch } from './tree.js';

export interface SuperNetOptions {
  /** `switch`: one branch is run at a time. `mix`: the weighted sum of all branches, as in DARTS (`switch`). */
  readonly mode?: 'switch' | 'mix';
  /** Whether each pick of a multi-choice has its own parameters (`perPick`). */
  readonly share?: 'perPick' | 'acrossPicks';
  /**
   * `separate`: a choice for each pick. `all`: picks that differ and whose order means nothing beyond sorting (`manyOf`,
   * not `permutation`) are one sum over all candidates, each of which has parameters of its own (`separate`).
   */
  readonly picks?: 'separate' | 'all';
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
   * `{ $call: 'picked', id, ids, branches }` for a sum of the picks `ids`, `{ $call: 'control', id }` for a number,
   * `{ $call: 'masked', id, elements }` for a list, `{ $call: 'derived', id }` for a derived value. What was not selected is
   * still a decision in it, under the constraints among such decisions. Ids inside candidates of a sum are those of all of
   * its picks, such as `ops[*][=0/2].width`.
   */
  readonly program: Space;
  /** What an algorithm sees of the selected decisions. */
  readonly controls: View;
  /** `part(space, where)`, whose genomes set the controls. */
  readonly space: Space;
}

/**
 * Rewrites a space into a supernet: every selected decision becomes a call that holds all of its candidates. Ids are
 * those of `part(space, where)`; constraints on selected decisions and derived values stay with the genomes. Throws
 * `SpaceError` `bad_selection` where nothing is selected, `unknown_call` for a keyed function that the space never
 * calls, `does_not_fit` for a space that no supernet can stand for (a derived value reads a decision that is not
 * selected, or a constraint reads both kinds or would hold below one only), or `too_large`.
 *
 * Sources: Pham et al., "Efficient Neural Architecture Search via Parameter Sharing", 2018; Liu et al., "DARTS:
 * Differentiable Architecture Search", 2019.
 */
export function superNet(space: Space, where: Selection, options: SuperNetOptions = {}): SuperNet {
  const own = part(space, where);
  const { view: controls, traits } = compile(own);
  if (controls.nodes.length === 0) refuse('bad_selection', null, 'no decision is selected.');
  for (const { id, read } of traits.freezes && traits.derives ? derivedReads(own) : []) {
    if (!read.some(isFrozen)) continue;
    refuse(
      'does_not_fit',
      id,
      'the derived value reads a decision that is not selected; select or decide it.',
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
  private readonly choice: 'switch' | 'mix';
  private readonly sharesPicks: boolean;
  private readonly sumsPicks: boolean;
  private readonly keyed: ReadonlySet<string>;
  private readonly called = new Set<string>();
  private readonly quotes: boolean;
  private nodes = 0;
  private frozenDepth = 0;

  /** `quotes`: the program is still a space, so constants stay quoted. */
  constructor(options: SuperNetOptions, quotes: boolean) {
    const { mode = 'switch', share = 'perPick', picks = 'separate', keyed = [] } = options;
    this.choice = mode;
    this.sharesPicks = share === 'acrossPicks';
    this.sumsPicks = picks === 'all';
    this.keyed = new Set(keyed);
    this.quotes = quotes;
  }

  refuseUncalled(): void {
    for (const name of this.keyed) {
      if (!this.called.has(name)) refuse('unknown_call', null, `the space never calls ${show(name)}.`);
    }
  }

  build(space: Space, spot: Spot): Json {
    const { id, key } = spot;
    this.nodes++;
    if (this.nodes > spaceLimits.nodes) {
      refuse('too_large', id, `a supernet of more than ${spaceLimits.nodes} nodes.`);
    }
    const seen = formOf(space);
    switch (seen.kind) {
      case 'scalar':
        return seen.value;
      case 'const':
        refuseReserved(seen.value, id);
        return this.quotes ? { $kind: 'const', value: seen.value } : seen.value;
      case 'array':
        return seen.items.map((item, i) =>
          this.build(item, { ...spot, id: elementId(id, i), key: elementId(key, i) }),
        );
      case 'object':
        return this.object(seen.of, spot);
      case 'decision':
        return this.decision(seen.node, spot);
      case 'derived':
        return { $call: 'derived', id };
      case 'constrained':
        return this.constrained(seen.node, spot);
      case 'frozen':
        return this.frozen(seen.node, spot);
      default:
        return seen satisfies never;
    }
  }

  private decision(decision: Decision, spot: Spot): Json {
    const { id, key } = spot;
    const shape = shapeOf(decision);
    switch (shape.kind) {
      case 'choice':
        return this.switch(decision, shape, spot);
      case 'picks':
        return this.picks(decision, shape, spot);
      case 'int':
      case 'float':
        return { $call: 'control', id };
      case 'length': {
        const elements = Array.from({ length: shape.max }, (_, i) =>
          this.build(shape.of, {
            id: elementId(id, i),
            key: elementId(key, i),
            repetition: `${spot.repetition}[${i}]`,
          }),
        );
        return { $call: 'masked', id: lengthId(id), elements };
      }
      default:
        return shape satisfies never;
    }
  }

  private object(of: ObjectSpace, spot: Spot): Json {
    const { id, key } = spot;
    // A checked space holds a name here, never a decision about one.
    const call = typeof of['$call'] === 'string' ? of['$call'] : undefined;
    if (isSuperNetCall(call)) refuseCall(call, id);
    const members = Object.entries(of).map(
      ([name, member]) =>
        [name, this.build(member, { ...spot, id: memberId(id, name), key: memberId(key, name) })] as const,
    );
    if (call === undefined || !this.keyed.has(call)) return Object.fromEntries(members);
    if (Object.hasOwn(of, 'key')) refuse('does_not_fit', id, `the call of ${show(call)} has a key already.`);
    this.called.add(call);
    return Object.fromEntries([...members, ['key', key]]);
  }

  private switch(decision: Decision, shape: ChoiceShape | PicksShape, spot: Spot): Json {
    return { $call: this.choice, id: spot.id, branches: this.branches(decision, shape, spot) };
  }

  private branches(decision: Decision, shape: ChoiceShape | PicksShape, spot: Spot): readonly Json[] {
    const of = shape.candidates.length;
    const implied = shape.kind === 'choice' ? shape.implied : [];
    const branches = partsOf(decision).map((candidate, i) =>
      this.build(candidate, {
        ...spot,
        id: candidateId(spot.id, implied.length + i, of),
        key: partPlace(decision, spot.key, i),
      }),
    );
    return [...implied, ...branches];
  }

  private picks(decision: Decision, shape: PicksShape, spot: Spot): Json {
    if (this.sumsPicks && shape.distinct && !shape.permutation) {
      const { id } = spot;
      const ids = shape.k === 1 ? [id] : Array.from({ length: shape.k }, (_, pick) => elementId(id, pick));
      const inner = { ...spot, id: shape.k === 1 ? id : elementId(id, '*') };
      return { $call: 'picked', id, ids, branches: this.branches(decision, shape, inner) };
    }
    if (shape.k === 1) return [this.switch(decision, shape, spot)];
    return Array.from({ length: shape.k }, (_, pick) =>
      this.switch(decision, shape, {
        id: elementId(spot.id, pick),
        key: this.sharesPicks ? spot.key : elementId(spot.key, pick),
        repetition: `${spot.repetition}[${pick}]`,
      }),
    );
  }

  /** The constraints among decisions that stay ones stay; `validate` checks the others on genomes. */
  private constrained({ of, constraints }: Constrained, spot: Spot): Json {
    const built = this.build(of, spot);
    const kept = constraints.filter((constraint) => this.keeps(constraint, of, spot.id));
    if (kept.length === 0) return built;
    const asJson = kept.map(({ expr, reason }): Json => ({ expr, reason }));
    return { $kind: 'constrained', of: built, constraints: asJson };
  }

  private keeps({ expr, reason }: Constraint, of: Space, id: string): boolean {
    if (!this.quotes) return false;
    const read = spacesRead(expr, of);
    const isKept = read.some(isFrozen);
    if (!isKept && this.frozenDepth === 0) return false;
    if (isKept && !read.some(isControlled)) return true;
    return refuse(
      'does_not_fit',
      id,
      isKept
        ? `the constraint ${show(reason)} reads decisions that are selected and others; select all or none of them.`
        : `the constraint ${show(reason)} holds below a decision that is not selected only; select that, too.`,
    );
  }

  /** A decision that stays one, its copies under different names; those inside that were selected are controls. */
  private frozen({ of }: Frozen, { id, key, repetition }: Spot): Json {
    // The program is still a space here, so the built parts of a decision are spaces, too.
    this.frozenDepth++;
    const decision = mapDecision(of, (inner, i) =>
      this.build(inner, { id: partPlace(of, id, i), key: partPlace(of, key, i), repetition }),
    );
    this.frozenDepth--;
    const named = decision.name === undefined ? decision : { ...decision, name: decision.name + repetition };
    return named as unknown as Json;
  }
}

function isFrozen(space: Space): boolean {
  return formOf(space).kind === 'frozen';
}

/** Whether the genomes of the selected decisions set the value of a space. */
function isControlled(space: Space): boolean {
  return isDecision(space) || formOf(space).kind === 'derived';
}

/** Refuses calls of supernets in a constant: it loses its quotes in a program, so that its calls become calls. */
function refuseReserved(value: Json, id: string): void {
  if (value === null || typeof value !== 'object') return;
  if (isBranch(value) && isSuperNetCall(value['$call'])) refuseCall(value['$call'], id);
  for (const member of Object.values(value)) refuseReserved(member, id);
}

function refuseCall(call: string, id: string): never {
  refuse('does_not_fit', id, `${show(call)} is a call of supernets; give the space's function another name.`);
}

function refuse(code: SpaceErrorCode, id: string | null, detail: string): never {
  throw new SpaceError({ code, id, pos: null, detail });
}
