import { openDataSet, type DataSet, type DataSetOptions } from '../../training/index.js';
import { imageBytes, isStreamed } from '../../training/data/data-set.js';
import { generatedTask } from '../warm-darts/generated-tasks.js';

/** Images that a cell is trained on, that its training leaves out, and that it is tested on. */
export const taskImages = { training: 512, validation: 88, test: 1_000 } as const;

interface TableTask {
  readonly name: string;
  readonly family: string;
  readonly open: () => Promise<DataSet>;
}

const halves = (family: string, source: 'mnist' | 'fashion-mnist', classes: readonly number[][]) =>
  classes.map((own, place): TableTask => {
    const options: DataSetOptions = { source, classes: own };
    return { name: `${family}-${place + 1}`, family, open: () => withFewTests(options) };
  });

/** A data set in memory with the first of its test images. */
async function withFewTests(options: DataSetOptions): Promise<DataSet> {
  const data = await openDataSet(options);
  const from = data.testFrom ?? data.labels.length;
  if (isStreamed(data))
    throw new Error(`${data.name} does not fit into memory: free some, and run the bench again.`);
  const kept = from + taskImages.test;
  return {
    ...data,
    hash: `${data.hash} with ${taskImages.test} test images`,
    labels: data.labels.slice(0, kept),
    images: data.images.slice(0, kept * imageBytes(data.imageShape)),
  };
}

const variants = (family: 'grating' | 'blob') =>
  ['table-1', 'table-2'].map((variant, place): TableTask => {
    const own = taskImages.training + taskImages.validation;
    const data = () => generatedTask({ family, variant, examples: own + taskImages.test });
    return {
      ...{ name: `${family}-${place + 1}`, family },
      open: () => Promise.resolve({ ...data(), testFrom: own }),
    };
  });

/** Eight tasks of four families; the two of a family have no image in common. */
export const tableTasks: readonly TableTask[] = [
  ...halves('digits', 'mnist', [
    [0, 1, 2, 3, 4],
    [5, 6, 7, 8, 9],
  ]),
  ...halves('clothes', 'fashion-mnist', [
    [0, 2, 3, 4, 6],
    [1, 5, 7, 8, 9],
  ]),
  ...variants('grating'),
  ...variants('blob'),
];
