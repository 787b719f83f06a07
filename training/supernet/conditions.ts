import type { Condition, OutcomeCondition, SupernetworkChoice } from '../../networks/supernetwork/index.js';
import { int, type } from '../tensorflow-graph/attribute.js';
import { either } from '../tensorflow-graph/conditional-sum.js';
import type { GraphWriter, Value } from '../tensorflow-graph/graph-writer.js';

/** The conditions of branches as values of a graph, which are there on every path. */
export class Conditions {
  private readonly outcomes: ReadonlyMap<string, Value>;

  /** `path` has the outcome of each choice. */
  constructor(
    private readonly graph: GraphWriter,
    choices: readonly SupernetworkChoice[],
    path: Value,
  ) {
    const scalar = { type: 'int32', sizes: [] } as const;
    const outcomes = graph.ops(
      'Unpack',
      [path],
      choices.map(() => scalar),
      { T: type('int32'), num: int(choices.length) },
    );
    this.outcomes = new Map(
      choices.flatMap(({ name }, i) => {
        const outcome = outcomes[i];
        return outcome === undefined ? [] : [[name, outcome] as const];
      }),
    );
  }

  /** Whether a condition holds. */
  when(condition: Condition): Value {
    switch (condition.kind) {
      case 'outcome':
        return this.any([condition]);
      case 'anyOf':
        return this.any(condition.of);
      case 'noneOf':
        return this.graph.op('LogicalNot', [this.any(condition.of)], { type: 'bool', sizes: [] });
      case 'picked': {
        const outcomes = [condition.candidate];
        return this.any(condition.choices.map((choice) => ({ choice, outcomes })));
      }
      default:
        return condition satisfies never;
    }
  }

  /** Whether several conditions hold; null: there are none. */
  whenAll(conditions: readonly Condition[]): Value | null {
    const [first, ...others] = conditions.map((condition) => this.when(condition));
    if (first === undefined) return null;
    return others.reduce(
      (all, next) => this.graph.op('LogicalAnd', [all, next], { type: 'bool', sizes: [] }),
      first,
    );
  }

  private any(of: readonly Pick<OutcomeCondition, 'choice' | 'outcomes'>[]): Value {
    return of
      .flatMap(({ choice, outcomes }) => outcomes.map((outcome) => this.isOutcome(choice, outcome)))
      .reduce((any, next) => either(this.graph, any, next));
  }

  private isOutcome(choice: string, outcome: number): Value {
    const { graph } = this;
    const own = this.outcomes.get(choice);
    if (own === undefined) throw new Error(`The supernetwork has no choice ${choice}.`);
    const output = { type: 'bool', sizes: [] } as const;
    return graph.op('Equal', [own, graph.integer(outcome)], output, { T: type('int32') });
  }
}
