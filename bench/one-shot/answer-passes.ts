import { createInterface } from 'node:readline';
import { elementCount } from '../../training/index.js';

/** A parameter as its process counts it. */
interface CountedParameter {
  readonly trained: boolean;
  readonly sizes: readonly number[];
}

/** What a process of this bench does for each line that it reads. */
export interface Passes {
  readonly parameters: readonly CountedParameter[];
  /** Passes before the first line. */
  readonly warmUp: number;
  /** How many steps so many passes have. */
  readonly stepsOf: (passes: number) => number;
  /** Does the step of a place in its passes, and answers the loss. */
  readonly step: (place: number) => number;
}

/** Says what the process trains, then answers each line, a number of passes, with what these cost. */
export async function answerPasses({ parameters, warmUp, stepsOf, step }: Passes): Promise<void> {
  const pass = (passes: number): string => {
    const steps = stepsOf(passes);
    const before = process.cpuUsage();
    const start = performance.now();
    let loss = 0;
    for (let place = 0; place < steps; place++) loss = step(place);
    const used = process.cpuUsage(before);
    return JSON.stringify({
      steps,
      seconds: (performance.now() - start) / 1000,
      processorSeconds: (used.user + used.system) / 1e6,
      residentMegabytes: process.resourceUsage().maxRSS / 1000,
      loss,
    });
  };
  pass(warmUp);
  const counted = parameters.reduce(
    (sum, { trained, sizes }) => sum + (trained ? elementCount(sizes) : 0),
    0,
  );
  console.log(JSON.stringify({ parameters: counted, form: 'Duramen' }));
  for await (const line of createInterface({ input: process.stdin })) console.log(pass(Number(line)));
}
