import type { Json } from '../../foundation/json/index.js';
import { compile } from './compile.js';
import type { Genome } from '../views/genome.js';
import type { Sampled } from '../language/sampled.js';
import type { Space } from '../language/space.js';
import type { Template } from './template.js';
import { ProgramBuilder } from './program-builder.js';
import { SpaceError } from '../ground/space-error.js';
import { requireGenome } from './validate.js';

/**
 * The child program that a genome stands for. Parts in which nothing was decided are shared with the space.
 * Throws `SpaceError` with the codes of `validate`; `violated: 'allow'` decodes a genome that violates constraints.
 */
export function decode<const S extends Space>(
  space: S,
  genome: Genome,
  options: { readonly violated?: 'allow' | 'refuse' } = {},
): Sampled<S> {
  const compiled = compile(space);
  const numbers = requireGenome(compiled.plan, genome);
  const { template, traits } = compiled;
  if (template === null) throw new TypeError('decode needs the space; a view has no values.');
  // The template was made from `space`, so its values have the type that `Sampled` computes from it.
  if (!traits.derives && !traits.constrains && !traits.freezes) {
    return new Decoder(numbers).build(template) as Sampled<S>;
  }
  const { value, violation } = new ProgramBuilder(numbers, { quotes: traits.freezes }).program(template);
  if (violation !== null && options.violated !== 'allow') throw new SpaceError(violation);
  return value as Sampled<S>;
}

class Decoder {
  private place = 0;
  private readonly numbers: Genome;

  constructor(numbers: Genome) {
    this.numbers = numbers;
  }

  build(template: Template): Json {
    switch (template.kind) {
      case 'fixed':
        return template.value;
      case 'array': {
        const values: Json[] = [];
        for (const item of template.items) values.push(this.build(item));
        return values;
      }
      case 'object': {
        const value: { [key: string]: Json } = {};
        const { keys, members } = template;
        for (let i = 0; i < keys.length; i++) {
          const member = members[i];
          if (member !== undefined) value[keys[i] ?? ''] = this.build(member);
        }
        return value;
      }
      case 'choice':
        return this.candidate(template.candidates);
      case 'picks': {
        const values: Json[] = [];
        for (let pick = 0; pick < template.plan.k; pick++) values.push(this.candidate(template.candidates));
        return values;
      }
      case 'number':
        return this.numbers[this.place++] ?? 0;
      case 'list': {
        const values: Json[] = [];
        const length = this.numbers[this.place++] ?? 0;
        for (let i = 0; i < length; i++) {
          const element = template.elements[i];
          if (element !== undefined) values.push(this.build(element));
        }
        return values;
      }
      case 'derived':
      case 'constrained':
      case 'frozen':
        throw new Error(`A ${template.kind} part needs the builder of programs.`);
      default:
        return template satisfies never;
    }
  }

  private candidate(candidates: readonly Template[]): Json {
    const candidate = candidates[this.numbers[this.place++] ?? 0];
    return candidate === undefined ? null : this.build(candidate);
  }
}
