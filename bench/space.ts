import { fork, RandomStream, rngFromSeed } from '../foundation/numbers/index.js';
import type { Genome, Space } from '../search-spaces/index.js';
import {
  compile,
  crossover,
  decode,
  encode,
  genomeKey,
  mutate,
  nasBench201Cell,
  oneOf,
  parseSpace,
  sample,
  validate,
  valueOrThrow,
  view,
} from '../search-spaces/index.js';

/** How long each operation is measured, in milliseconds; override with `--ms N`. */
const defaultMilliseconds = 1000;

/** An object of `count` independent choices among `candidates` numbers. */
function independentChoices(count: number, candidates: number): Space {
  const values = Array.from({ length: candidates }, (_, i) => i);
  return parseSpace(
    Object.fromEntries(
      Array.from({ length: count }, (_, i) => [`c${i}`, { $kind: 'oneOf', candidates: values }]),
    ),
  );
}

/** Choices nested `depth` deep, each candidate of which holds another choice beside a constant. */
function nestedChoices(depth: number): Space {
  let inner: Space = oneOf([1, 2, 3]);
  for (let level = 1; level < depth; level++)
    inner = oneOf([{ inner, level }, { other: oneOf([inner, 'none']) }, 'off']);
  return parseSpace({ a: inner, b: inner });
}

function measured(
  name: string,
  space: string,
  milliseconds: number,
  operation: (i: number) => unknown,
): void {
  for (let i = 0; i < 1000; i++) operation(i);
  let done = 0;
  const cpuBefore = process.cpuUsage();
  const start = performance.now();
  let elapsed = 0;
  while (elapsed < milliseconds) {
    for (let i = 0; i < 200; i++) operation(done++);
    elapsed = performance.now() - start;
  }
  // Beside the rate by the clock, the rate by processor time: it holds on a busy machine too.
  const cpu = process.cpuUsage(cpuBefore);
  const perSecond = Math.round((done / elapsed) * 1000);
  const perCpuSecond = Math.round((done / (cpu.user + cpu.system)) * 1e6);
  const line = { bench: 'space', space, operation: name, perSecond, perCpuSecond };
  console.log(JSON.stringify(line));
}

function measuredOnce(name: string, space: string, repeats: number, operation: () => unknown): void {
  const start = performance.now();
  for (let i = 0; i < repeats; i++) operation();
  const milliseconds = (performance.now() - start) / repeats;
  console.log(JSON.stringify({ bench: 'space', space, operation: name, milliseconds }));
}

function measureSpace(label: string, space: Space, milliseconds: number): void {
  const decisions = view(space);
  const stream = new RandomStream(rngFromSeed('space'));
  const genomes: readonly Genome[] = Array.from({ length: 256 }, () => sample(space, stream));
  const genome = (i: number): Genome => genomes[i % genomes.length] ?? [];
  const values = genomes.map((one) => decode(space, one));
  measured('sample', label, milliseconds, () => sample(decisions, stream));
  const root = rngFromSeed('forked');
  measured('sample, forked per genome', label, milliseconds, (i) => sample(decisions, fork(root, i)));
  measured('validate', label, milliseconds, (i) => validate(decisions, genome(i)));
  measured('decode', label, milliseconds, (i) => decode(space, genome(i)));
  measured('encode', label, milliseconds, (i) =>
    valueOrThrow(encode(space, values[i % values.length] ?? null)),
  );
  for (const operator of ['resample', 'local'] as const) {
    measured(`mutate ${operator}`, label, milliseconds, (i) =>
      mutate(decisions, genome(i), stream, operator),
    );
  }
  measured('crossover uniform', label, milliseconds, (i) =>
    crossover(decisions, [genome(i), genome(i + 1)], stream, { operator: 'uniform' }),
  );
  measured('genomeKey', label, milliseconds, (i) => genomeKey(space, genome(i)));
}

/** Prints one JSON line per operation on spaces of 50 choices of 5, of depth 5, and of NAS-Bench-201. */
export async function run(arguments_: readonly string[]): Promise<void> {
  const flag = arguments_.indexOf('--ms');
  const milliseconds = flag === -1 ? defaultMilliseconds : Number(arguments_[flag + 1]);
  if (!(milliseconds > 0)) throw new RangeError('--ms needs a number of milliseconds above 0.');
  measureSpace('50 choices of 5', independentChoices(50, 5), milliseconds);
  measureSpace('conditional, depth 5', nestedChoices(5), milliseconds);
  measureSpace('NAS-Bench-201', nasBench201Cell, milliseconds);
  const definition = JSON.stringify(independentChoices(1000, 5));
  measuredOnce('parse and compile, with size', '1,000 choices of 5', 20, () =>
    compile(parseSpace(JSON.parse(definition))),
  );
  return Promise.resolve();
}
