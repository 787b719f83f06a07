import type { Condition, SharedParameter } from '../../networks/supernetwork/index.js';
import { slotNames } from '../step/optimizers.js';
import type { Optimizer } from '../step/optimizers.js';
import { Pack } from '../step/packed-parameters.js';
import type { PackedPart } from '../step/packed-parameters.js';
import { entered } from '../tensorflow-graph/choice-operations.js';
import type { GraphVariable, GraphWriter, Value } from '../tensorflow-graph/graph-writer.js';

/** A pack of trained parameters. */
export interface BranchPack {
  readonly pack: Pack;
  readonly slots: readonly GraphVariable[];
  /** Weight decay acts on its parameters. */
  readonly decayed: boolean;
}

/** The parameters that the same children have. */
export interface BranchGroup {
  readonly under: readonly Condition[];
  /** Whether a path has them; null: every path. */
  readonly when: Value | null;
  readonly trained: readonly BranchPack[];
  readonly averages: Pack | null;
}

/**
 * The state of a supernetwork: packs of their own for each branch, since one part without a gradient would leave a whole
 * pack without. The groups come in the order of the nodes, those of every path first.
 */
export class BranchPacks {
  readonly groups: readonly BranchGroup[];
  /** All packs, those of slots included. */
  readonly packs: Pack[] = [];
  private readonly homes = new Map<string, { readonly pack: Pack; readonly when: Value | null }>();

  constructor(
    private readonly graph: GraphWriter,
    shared: readonly SharedParameter[],
    { whenAll }: { readonly whenAll: (under: readonly Condition[]) => Value | null },
    private readonly optimizer: Optimizer,
    decays: boolean,
    /** What the names of variables begin with. */
    prefix = '',
  ) {
    const together = new Map<string, SharedParameter[]>([['[]', []]]);
    for (const each of shared) {
      const key = JSON.stringify(each.under);
      const list = together.get(key);
      if (list === undefined) together.set(key, [each]);
      else list.push(each);
    }
    this.groups = [...together.values()].map((list, number) => {
      const under = list[0]?.under ?? [];
      const when = whenAll(under);
      const scope = number === 0 ? prefix : `${prefix}branch${number}/`;
      const parameters = list.map(({ parameter }) => parameter);
      const trained = parameters.filter((parameter) => parameter.trained);
      const [decayed, others, averages] = [
        this.own(
          `${scope}parameters/decayed`,
          when,
          trained.filter((parameter) => parameter.decayed),
        ),
        this.own(
          `${scope}parameters/others`,
          when,
          trained.filter((parameter) => !parameter.decayed),
        ),
        this.own(
          `${scope}averages`,
          when,
          parameters.filter((parameter) => !parameter.trained),
        ),
      ];
      const packs = [this.withSlots(decayed, decays), this.withSlots(others, false)].flat();
      return { under, when, trained: packs, averages };
    });
  }

  /** The value of a parameter, in its branch. */
  value(name: string): Value {
    const home = this.homes.get(name);
    const value = home === undefined ? null : home.pack.read(name, (whole) => this.enter(whole, home.when));
    if (value === null) throw new Error(`The supernetwork has no parameter ${name}.`);
    return value;
  }

  /** A value in the branch of a group. */
  enter(value: Value, when: Value | null): Value {
    return when === null ? value : entered(this.graph, value, when);
  }

  private own(name: string, when: Value | null, parts: readonly PackedPart[]): Pack | null {
    const pack = this.add(name, parts);
    if (pack !== null) for (const part of parts) this.homes.set(part.name, { pack, when });
    return pack;
  }

  private withSlots(pack: Pack | null, decayed: boolean): readonly BranchPack[] {
    if (pack === null) return [];
    const slots = slotNames(this.optimizer).flatMap((slot) => {
      const parts = pack.parts.map(({ name, sizes }) => ({ name: `${slot}/${name}`, sizes }));
      return this.add(`${slot}/${pack.variable.name}`, parts)?.variable ?? [];
    });
    return [{ pack, slots, decayed }];
  }

  private add(name: string, parts: readonly PackedPart[]): Pack | null {
    if (parts.length === 0) return null;
    const pack = new Pack(this.graph, name, parts);
    this.packs.push(pack);
    return pack;
  }
}
