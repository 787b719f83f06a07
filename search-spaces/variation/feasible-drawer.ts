import type { ChoiceSource } from '../../foundation/numbers/index.js';
import type { Compiled } from '../genomes/compile.js';
import { drawIndex, drawNumber, drawPickIndices } from './draw.js';
import type { Genome } from '../views/genome.js';
import { ProgramBuilder } from '../genomes/program-builder.js';
import { noFeasiblePoint } from '../ground/space-error.js';
import type { ConstrainedTemplate, Template } from '../genomes/template.js';

/** Draws genomes of a space with constraints by the law of `sample`, given that every constraint holds. */
export class FeasibleDrawer {
  private readonly compiled: Compiled;
  private readonly source: ChoiceSource;
  private readonly maxRejects: number;
  private numbers: number[] = [];
  private rejected = 0;

  constructor(compiled: Compiled, source: ChoiceSource, maxRejects: number) {
    this.compiled = compiled;
    this.source = source;
    this.maxRejects = maxRejects;
  }

  draw(template: Template): { readonly genome: Genome; readonly rejected: number } {
    for (let attempt = 0; attempt <= this.maxRejects; attempt++) {
      this.numbers = [];
      this.template(template);
      // Check the whole, too: a constraint may read derived values that depend on decisions outside of its part.
      if (this.compiled.violation(this.numbers) === null) {
        return { genome: this.numbers, rejected: this.rejected };
      }
      this.rejected++;
    }
    throw noFeasiblePoint(this.maxRejects);
  }

  private template(template: Template | undefined): void {
    if (template === undefined) return;
    switch (template.kind) {
      case 'fixed':
      case 'derived':
        return;
      case 'array':
        for (const item of template.items) this.template(item);
        return;
      case 'object':
        for (const member of template.members) this.template(member);
        return;
      case 'frozen':
        for (const part of template.parts) this.template(part);
        return;
      case 'constrained':
        this.constrained(template);
        return;
      case 'choice': {
        const index = drawIndex(template.plan, this.source);
        this.numbers.push(index);
        this.template(template.candidates[index]);
        return;
      }
      case 'picks':
        for (const index of drawPickIndices(template.plan, this.source)) {
          this.numbers.push(index);
          this.template(template.candidates[index]);
        }
        return;
      case 'number':
        this.numbers.push(drawNumber(template.plan, this.source));
        return;
      case 'list': {
        const { min, max } = template.plan;
        const length = min + this.source.below(max - min + 1);
        this.numbers.push(length);
        for (const element of template.elements.slice(0, length)) this.template(element);
        return;
      }
      default:
        template satisfies never;
    }
  }

  /** Draws one part again until its constraints hold. */
  private constrained(template: ConstrainedTemplate): void {
    const start = this.numbers.length;
    for (let attempt = 0; attempt <= this.maxRejects; attempt++) {
      this.numbers.length = start;
      this.template(template.of);
      const quotes = this.compiled.traits.freezes;
      const builder = new ProgramBuilder(this.numbers, { quotes, start, isPart: true });
      if (builder.feasibility(template) !== 'violated') return;
      this.rejected++;
    }
    throw noFeasiblePoint(this.maxRejects);
  }
}
