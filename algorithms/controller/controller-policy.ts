import { dexp, dlog, RandomStream, type Rng } from '../../foundation/numbers/index.js';
import type { Genome } from '../../search-spaces/index.js';
import { AlgorithmError } from '../contract/algorithm-error.js';
import { drawPossibleOption } from '../policy-gradient/categorical-policy.js';
import type { IsLegal } from '../policy-gradient/decisions.js';
import { optionsOf, walkArchitecture, type Decide, type WalkedArchitecture } from './architecture-walk.js';
import { controllerName, type ControllerConfig } from './controller-options.js';
import type { ControllerTensors } from './controller-tensors.js';
import type { DecisionLayout } from './decision-layout.js';
import { PolicyTape, type TapeVector } from './policy-tape.js';

/** What decides how logits become probabilities. */
export type SquashOptions = Pick<ControllerConfig, 'tanhConstant' | 'temperature'>;

/** A decision of an architecture with the distribution that it was taken from. */
export interface TakenDecision {
  /** Index of its head. */
  readonly place: number;
  readonly option: number;
  /** Of all options; 0 where one is illegal. */
  readonly probabilities: Float64Array;
  /** Their logarithms, 0 where the probability is 0. */
  readonly logarithms: Float64Array;
  /** In nats. */
  readonly entropy: number;
  /** Before they are squashed; their slopes are those of the objective. */
  readonly logits: TapeVector;
}

/** An architecture with its decisions under one policy. */
export interface Episode extends WalkedArchitecture {
  readonly decisions: readonly TakenDecision[];
  /** Σ log π over the decisions. */
  readonly logProbability: number;
  /** Σ of the entropies of the decisions. */
  readonly entropy: number;
}

/** A policy over architectures: a layout, its tensors and the parameters in them. */
export class ControllerPolicy {
  private readonly tape: PolicyTape;

  /** With a `gradient`, `backward` adds to it. */
  constructor(
    readonly layout: DecisionLayout,
    private readonly tensors: ControllerTensors,
    parameters: Float32Array,
    private readonly squash: SquashOptions,
    gradient: Float64Array | null = null,
  ) {
    this.tape = new PolicyTape(parameters, tensors, gradient);
  }

  /** Draws an architecture with one random number for each decision. */
  draw(rng: Rng): Episode {
    const source = new RandomStream(rng);
    return this.walk((_, probabilities) => drawPossibleOption(probabilities, source));
  }

  /** The most probable option of each decision in turn, the first of equal ones. */
  mostProbable(): Episode {
    return this.walk((_, probabilities) => {
      let best = 0;
      for (const [option, probability] of probabilities.entries())
        if (probability > (probabilities[best] ?? 0)) best = option;
      return best;
    });
  }

  /** Goes through a genome again; throws `AlgorithmError` for one that the policy cannot draw. */
  replay(genome: Genome): Episode {
    const options = optionsOf(this.layout, genome);
    return this.walk((place) => options[place] ?? -1);
  }

  /** What the second head predicts for an architecture; null where there is none. */
  valueOf({ last }: Episode): TapeVector | null {
    return this.tensors.value === null ? null : this.tape.linear(last, this.tensors.value);
  }

  /** Adds the slopes of the parameters, from those of the logits and values of what was walked, to the gradient. */
  backward(): void {
    this.tape.backward();
  }

  /** Ends the gradient: call it once, after the last `backward`. */
  finish(): void {
    this.tape.finish();
  }

  private walk(take: (place: number, probabilities: Float64Array) => number): Episode {
    const { layout, tensors, tape } = this;
    const decisions: TakenDecision[] = [];
    const decide: Decide = (place, raw, isLegal) => {
      const logits = tape.squash(raw, this.squash.tanhConstant, this.squash.temperature);
      const distribution = this.distributionOf(place, logits.value, isLegal);
      const option = take(place, distribution.probabilities);
      if (!((distribution.probabilities[option] ?? 0) > 0)) {
        throw new AlgorithmError(
          `decision ${layout.tree.heads[place]?.id ?? place} of ${controllerName} cannot take option ${option}`,
        );
      }
      decisions.push({ place, option, ...distribution, logits });
      return option;
    };
    const walked = walkArchitecture({ tape, layout, tensors, decide });
    let logProbability = 0;
    let entropy = 0;
    for (const decision of decisions) {
      logProbability += decision.logarithms[decision.option] ?? 0;
      entropy += decision.entropy;
    }
    return { ...walked, decisions, logProbability, entropy };
  }

  private distributionOf(
    place: number,
    squashed: Float64Array,
    isLegal: IsLegal,
  ): Pick<TakenDecision, 'probabilities' | 'logarithms' | 'entropy'> {
    const { firstLogits, tree } = this.layout;
    const offset = tree.heads[place]?.offset ?? 0;
    const probabilities = new Float64Array(squashed.length);
    const logits = squashed.map((z, option) => z + (firstLogits[offset + option] ?? 0));
    let largest = -Infinity;
    for (const [option, z] of logits.entries()) if (isLegal(option) && z > largest) largest = z;
    let total = 0;
    for (const [option, z] of logits.entries()) {
      if (!isLegal(option)) continue;
      const weight = dexp(z - largest);
      probabilities[option] = weight;
      total += weight;
    }
    const logTotal = dlog(total);
    const logarithms = new Float64Array(squashed.length);
    let entropy = 0;
    for (const [option, weight] of probabilities.entries()) {
      if (weight === 0) continue;
      const probability = weight / total;
      const logarithm = (logits[option] ?? 0) - largest - logTotal;
      probabilities[option] = probability;
      logarithms[option] = logarithm;
      entropy -= probability * logarithm;
    }
    return { probabilities, logarithms, entropy: entropy + 0 };
  }
}
