import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { openDataSet } from '../../../training/data/open-data-set.js';
import { openNpyFile } from '../../../training/data/npy-file.js';
import { openNpzFile } from '../../../training/data/npz-file.js';
import { decodeNumbers } from '../../../training/data/number-array.js';
import type { NumberArray } from '../../../training/data/number-array.js';
import { bytesOf, idx, npy, npyWithHeader, npz } from './array-files.js';

const folder = mkdtempSync(path.join(os.tmpdir(), 'duramen-arrays-'));
process.env['XDG_CACHE_HOME'] = path.join(folder, 'cache');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fileOf(name: string, content: Uint8Array): string {
  const file = path.join(folder, name);
  writeFileSync(file, content);
  return file;
}
const unlimited = { memoryLimit: Infinity };
const numbersOf = (array: NumberArray): number[] => [
  ...decodeNumbers(array.type, array.read(0, array.sizes[0] ?? 0)),
];

describe('NumPy arrays', () => {
  test.each([
    ['|u1', [0, 7, 255]],
    ['|i1', [-128, 0, 127]],
    ['<u2', [0, 1, 65_535]],
    ['>u2', [0, 258, 65_535]],
    ['<i2', [-32_768, 5, 32_767]],
    ['>i4', [-5, 70_000, 2_147_483_647]],
    ['<u4', [0, 9, 4_294_967_295]],
    ['<i8', [-3, 0, 2 ** 40]],
    ['>u8', [1, 2 ** 33, 2 ** 52]],
    ['<f4', [-1.5, 0.25, 3]],
    ['>f8', [-1e300, 0.1, 2]],
  ])('of the type %s are read', (descr, values) => {
    for (const version of [1, 2, 3]) {
      const file = fileOf('numbers.npy', npy(descr, [3], bytesOf(descr, values), { version }));
      const array = openNpyFile(file, unlimited);
      expect(array.sizes).toEqual([3]);
      expect(numbersOf(array)).toEqual(values);
    }
  });

  test('of half floats are read', () => {
    const bits = [0x3c00, 0xc000, 0x3555, 0x0001, 0x7bff, 0x8000];
    const file = fileOf('half.npy', npy('<f2', [6], bytesOf('<u2', bits)));
    expect(numbersOf(openNpyFile(file, unlimited))).toEqual([1, -2, 0.333251953125, 2 ** -24, 65_504, -0]);
  });

  test('in Fortran order are turned', () => {
    const whole = bytesOf('<i2', [0, 3, 1, 4, 2, 5]);
    const file = fileOf('fortran.npy', npy('<i2', [2, 3], whole, { fortran: true }));
    expect(numbersOf(openNpyFile(file, unlimited))).toEqual([0, 1, 2, 3, 4, 5]);
    expect([
      ...decodeNumbers(openNpyFile(file, unlimited).type, openNpyFile(file, unlimited).read(1, 1)),
    ]).toEqual([3, 4, 5]);
  });

  test('any shape in either order holds the same numbers', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(sizes, (shape) => {
        const count = shape.reduce((product, size) => product * size, 1);
        const places = Array.from({ length: count }, (_none, i) => i);
        // The number at a place in Fortran order is its place in C order.
        const turned = places.map((place) => {
          let rest = place;
          const position = shape.map((size) => {
            const at = rest % size;
            rest = Math.floor(rest / size);
            return at;
          });
          return position.reduce((sum, at, axis) => sum * (shape[axis] ?? 1) + at, 0);
        });
        const file = fileOf('any.npy', npy('<u2', shape, bytesOf('<u2', turned), { fortran: true }));
        expect(numbersOf(openNpyFile(file, unlimited))).toEqual(places);
      }),
      { numRuns: 50 },
    );
  });
});

describe('NumPy archives', () => {
  const members = {
    x: npy('|u1', [2, 2], Uint8Array.from([1, 2, 3, 4])),
    y: npy('<i8', [2], bytesOf('<i8', [0, 1])),
  };

  test.each([{}, { deflate: true }, { wide: true }, { deflate: true, wide: true }])('%o', (options) => {
    const archive = openNpzFile(fileOf('two.npz', npz(members, options)), unlimited);
    expect(archive.names).toEqual(['x', 'y']);
    expect(numbersOf(archive.open('x'))).toEqual([1, 2, 3, 4]);
    expect(numbersOf(archive.open('y'))).toEqual([0, 1]);
  });
});

const python = ((): string | null => {
  try {
    execFileSync('python3', ['-c', 'import numpy'], { stdio: 'ignore' });
    return 'python3';
  } catch {
    return null;
  }
})();

test.skipIf(python === null)('files that NumPy itself wrote are read', () => {
  const script = `
import numpy, sys
a = numpy.arange(24).reshape(2, 3, 4)
numpy.save('c.npy', a.astype('>f4'))
numpy.save('f.npy', numpy.asfortranarray(a.astype('<i8')))
numpy.savez('stored.npz', x=a.astype('u1'), y=numpy.array([0, 1]))
numpy.savez_compressed('deflated.npz', x=a.astype('f2'), y=numpy.array([0, 1]))
`;
  execFileSync(python ?? '', ['-c', script], { cwd: folder });
  const expected = Array.from({ length: 24 }, (_none, i) => i);
  const at = (name: string): string => path.join(folder, name);
  expect(numbersOf(openNpyFile(at('c.npy'), unlimited))).toEqual(expected);
  expect(numbersOf(openNpyFile(at('f.npy'), unlimited))).toEqual(expected);
  for (const name of ['stored.npz', 'deflated.npz']) {
    const archive = openNpzFile(at(name), unlimited);
    expect(numbersOf(archive.open('x'))).toEqual(expected);
    expect(numbersOf(archive.open('y'))).toEqual([0, 1]);
  }
});

const pixels = Uint8Array.from({ length: 4 * 6 }, (_none, i) => i * 10);
const good = {
  images: fileOf('images.npy', npy('|u1', [4, 2, 3], pixels)),
  labels: fileOf('labels.npy', npy('<i8', [4, 1], bytesOf('<i8', [0, 2, 1, 2]))),
};

describe("users' data sets", () => {
  test('from NumPy and IDX files hold the same images', async () => {
    const fromNpy = await openDataSet({ source: { format: 'npy', training: good, test: good } });
    expect(fromNpy).toMatchObject({ classes: 3, imageShape: [2, 3, 1], testFrom: 4 });
    expect(fromNpy.images).toEqual(Uint8Array.from([...pixels, ...pixels]));
    expect([...fromNpy.labels]).toEqual([0, 2, 1, 2, 0, 2, 1, 2]);
    const training = {
      images: fileOf('images.idx', idx([4, 2, 3], pixels)),
      labels: fileOf('labels.idx.gz', gzipSync(idx([4], [0, 2, 1, 2]))),
    };
    const fromIdx = await openDataSet({ source: { format: 'idx', training }, name: 'mine' });
    expect(fromIdx).toMatchObject({ name: 'mine', testFrom: null, images: pixels });
    const images = npy(
      '<f8',
      [4, 2, 3, 1],
      bytesOf(
        '<f8',
        [...pixels].map((pixel) => pixel / 255),
      ),
    );
    const labels = npy('|u1', [4], Uint8Array.from([0, 2, 1, 2]));
    const file = fileOf('set.npz', npz({ x_train: images, y_train: labels }, { deflate: true }));
    const names = { images: 'x_train', labels: 'y_train' };
    const fromNpz = await openDataSet({ source: { format: 'npz', file, training: names } });
    expect(fromNpz.images).toEqual(pixels);
    expect([fromNpz.mean, fromNpz.deviation]).toEqual([fromNpy.mean, fromNpy.deviation]);
    expect(fromNpy.mean).toBeCloseTo(115 / 255, 12);
  });

  test('numbers of a stated range become 0 … 255', async () => {
    const values = [-1, -0.5, 0, 0.5, 1, 1];
    const images = fileOf('range.npy', npy('<f4', [1, 2, 3], bytesOf('<f4', values)));
    const labels = fileOf('one.npy', npy('|u1', [1], Uint8Array.of(0)));
    const data = await openDataSet({
      source: { format: 'npy', training: { images, labels }, range: [-1, 1] },
    });
    expect(data.images).toEqual(Uint8Array.from([0, 64, 128, 191, 255, 255]));
  });
});

const whole = npy('|u1', [4, 2, 3], pixels);
const object = "{'descr': '|O', 'fortran_order': False, 'shape': (4,), }";
const archive = npz({ x: whole, y: npy('|u1', [4], Uint8Array.from([0, 0, 1, 1])) }, { deflate: true });
const flipped = Buffer.from(npz({ x: whole }));
// In the last image, behind both headers.
flipped[180] = (flipped[180] ?? 0) ^ 1;
const npySource = (images: Uint8Array, labels?: Uint8Array, more: object = {}) => ({
  format: 'npy',
  training: {
    images: fileOf('bad-images.npy', images),
    labels: labels === undefined ? good.labels : fileOf('bad-labels.npy', labels),
  },
  ...more,
});
const npzSource = (content: Uint8Array, images = 'x') => ({
  format: 'npz',
  file: fileOf('bad.npz', content),
  training: { images, labels: 'y' },
});

describe('what is wrong with files is told in one sentence', () => {
  const bad: readonly (readonly [string, () => object, RegExp, ('BadInput' | 'OutOfMemory')?, number?])[] = [
    [
      'a truncated array',
      () => npySource(whole.subarray(0, whole.length - 5)),
      /is truncated: an array of 4 × 2 × 3 numbers/,
    ],
    ['a long array', () => npySource(Buffer.concat([whole, whole])), /is too long: an array/],
    ['a wrong magic', () => npySource(new TextEncoder().encode('no array at all')), /is no NumPy file/],
    ['an empty file', () => npySource(new Uint8Array(0)), /is no NumPy file/],
    ['a cut header', () => npySource(whole.subarray(0, 40)), /is truncated: its header/],
    [
      'another version',
      () => npySource(npy('|u1', [1], Uint8Array.of(1), { version: 4 })),
      /has the version 4\.0/,
    ],
    [
      'a pickle',
      () => npySource(npyWithHeader(object, new Uint8Array(9))),
      /holds Python objects, which are never loaded/,
    ],
    [
      'a record',
      () =>
        npySource(
          npyWithHeader(
            "{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1,)}",
            new Uint8Array(4),
          ),
        ),
      /holds \[\('a', '<i4'\)\], not whole numbers/,
    ],
    [
      'text in an array',
      () => npySource(npy('<U5', [1], new Uint8Array(20))),
      /holds '<U5', not whole numbers/,
    ],
    [
      'code in the header',
      () => npySource(npyWithHeader("__import__('os').system('true')", new Uint8Array(4))),
      /has a damaged header/,
    ],
    [
      'a field twice',
      () => npySource(npyWithHeader("{'descr': '|u1', 'descr': '|u1', 'shape': (1,)}", new Uint8Array(1))),
      /has a damaged header/,
    ],
    [
      'vectors of features',
      () => npySource(npy('<f4', [4, 3], bytesOf('<f4', Array<number>(12).fill(0)))),
      /has the sizes 4 × 3: images are of/,
    ],
    [
      'other numbers of labels',
      () => npySource(whole, npy('|u1', [3], new Uint8Array(3))),
      /has labels of 3 for images of 4 × 2 × 3: one label is needed/,
    ],
    [
      'labels as floats',
      () => npySource(whole, npy('<f4', [4], bytesOf('<f4', [0, 1, 2, 3]))),
      /holds floats, but labels are whole numbers/,
    ],
    [
      'a negative label',
      () => npySource(whole, npy('|i1', [4], bytesOf('|i1', [0, -1, 0, 0]))),
      /has the label -1 at image 1, but labels begin at 0/,
    ],
    [
      'a label beyond the classes',
      () => npySource(whole, undefined, { classCount: 2 }),
      /has the label 2 at image 1, but the 2 classes are numbered from 0 to 1/,
    ],
    [
      'a pixel out of range',
      () => npySource(npy('<i2', [4, 2, 3], bytesOf('<i2', [...Array<number>(23).fill(1), 300]))),
      /has the pixel 300 in image 3, outside 0 … 255/,
    ],
    [
      'a pixel that is no number',
      () => npySource(npy('<f4', [4, 2, 3], bytesOf('<f4', [...Array<number>(23).fill(0), Number.NaN]))),
      /has the pixel NaN in image 3/,
    ],
    [
      'test images of another size',
      () =>
        npySource(whole, undefined, {
          test: {
            images: fileOf('small.npy', npy('|u1', [4, 2, 2], new Uint8Array(16))),
            labels: good.labels,
          },
        }),
      /has images of 2 × 2 × 1, those for training are of 2 × 3 × 1/,
    ],
    [
      'a wrong hash',
      () =>
        npySource(whole, undefined, { sha256: { [path.join(folder, 'bad-images.npy')]: 'ab'.repeat(32) } }),
      /has the SHA-256 \w+ instead of abab/,
    ],
    [
      'a hash of another file',
      () => npySource(whole, undefined, { sha256: { elsewhere: 'ab'.repeat(32) } }),
      /names elsewhere, which is none of the files/,
    ],
    [
      'a missing file',
      () => ({ format: 'npy', training: { images: '/nowhere.npy', labels: good.labels } }),
      /\/nowhere\.npy cannot be read/,
    ],
    [
      'an archive without its end',
      () => npzSource(archive.subarray(0, archive.length - 30)),
      /is no whole archive of NumPy/,
    ],
    ['an array that is not there', () => npzSource(archive, 'z'), /has no array "z", only "x", "y"/],
    ['a flipped bit', () => npzSource(flipped), /\(array "x"\) is damaged: its check sum is wrong/],
    ['damage in a packed array', () => npzSource(Buffer.from(archive).fill(0xff, 60, 80)), /is damaged/],
    [
      'a packed array beyond the memory',
      () => npzSource(archive),
      /has to be in memory as a whole.*savez/,
      'OutOfMemory',
      100,
    ],
    [
      'a Fortran array beyond the memory',
      () => npySource(npy('|u1', [4, 2, 3], pixels, { fortran: true })),
      /save it in C order/,
      'OutOfMemory',
      30,
    ],
    [
      'a gzipped file beyond the memory',
      () => ({
        format: 'idx',
        training: {
          images: fileOf('big.idx.gz', gzipSync(idx([4, 2, 3], pixels))),
          labels: fileOf('l.idx', idx([4], [0, 1, 2, 0])),
        },
      }),
      /unpack it with gunzip/,
      'OutOfMemory',
      30,
    ],
    [
      'a format of its own',
      () => ({ format: 'hdf5', file: 'x' }),
      /The option dataset\.source.* does not fit/,
    ],
  ];
  const rows = bad.map(([what, source, message, failureClass = 'BadInput', memoryLimit = 1e6]) => ({
    ...{ what, source, message, failureClass, memoryLimit },
  }));
  test.each(rows)('$what', async ({ source, message, failureClass, memoryLimit }) => {
    // Options come from JavaScript and JSON too, so what their types forbid is checked as well.
    const options = { source: source(), memoryLimit } as Parameters<typeof openDataSet>[0];
    const error: unknown = await openDataSet(options).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ failureClass, message: expect.stringMatching(message) });
    expect(String(error)).not.toContain('\n');
  });
});
