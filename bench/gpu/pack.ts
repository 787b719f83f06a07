import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import {
  copyFile,
  lstat,
  mkdir,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { cacheFolder, freeBytes, packageRoot } from '../../setup/folders.mjs';
import { roomFolders } from '../../setup/rooms.mjs';
import { findTemporalCli, temporalCliFolder } from '../../setup/temporal-cli.mjs';
import { findTensorflow, tensorflowKind } from '../../setup/tensorflow.mjs';

const compress = promisify(gzip);

/** Above this many bytes a library is a piece of its own, so that a pack that was ended loses little. */
const largeFile = 50e6;

export interface PackOptions {
  readonly folder: string;
  /** Largest size of a part in MiB. */
  readonly partMebibytes: number;
  readonly say: (line: string) => void;
}

/** Files that are packed together, and where they lie in the folder that the pack is unpacked into. */
interface Piece {
  readonly name: string;
  readonly root: string;
  /** Files and links below the root. */
  readonly files: readonly string[];
  readonly target: string;
}

/** A piece whose parts are written: a line of `pieces.txt`, and its lines of `SHA256SUMS`. */
interface PackedPiece {
  readonly name: string;
  readonly line: string;
  readonly sums: readonly string[];
}

/**
 * Writes into a folder all that a machine without a network needs for the proof: Node, this checkout with its packages and
 * its build, TensorFlow and the Temporal server, as gzipped slices of tar archives with their SHA-256, and `start.sh`, which
 * puts them together. Pieces that are there already and unchanged are kept.
 */
export async function makePack({ folder, partMebibytes, say }: PackOptions): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error('A pack is for Linux on x64 and is made there: run this on such a machine.');
  }
  await mkdir(folder, { recursive: true });
  const pieces = await packPieces();
  const sizes = await Promise.all(pieces.map(sizeOf));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const known = await readPacked(folder);
  const packed: PackedPiece[] = [];
  for (const [i, piece] of pieces.entries()) {
    const bytes = sizes[i] ?? 0;
    // Written a little smaller, because bytes that do not compress become a few more.
    const slice = Math.floor(partMebibytes * 2 ** 20 * 0.995);
    const line = `${piece.name} ${piece.target} ${bytes} ${await fingerprint(piece, slice)}`;
    const before = known.find((each) => each.line === line);
    if (before !== undefined && (await isWhole(folder, before))) {
      packed.push(before);
    } else {
      if (freeBytes(folder) < bytes) {
        throw new Error(
          `The pack takes up to ${(total / 1e9).toFixed(1)} GB in ${folder}, and the disk has ${(freeBytes(folder) / 1e9).toFixed(1)} left: make room or name another folder.`,
        );
      }
      say(`packing ${piece.name} (${(bytes / 1e6).toFixed(0)} MB)`);
      await removeParts(folder, piece.name);
      packed.push({ name: piece.name, line, sums: await writeParts(folder, piece, slice) });
    }
    await writeLists(folder, packed);
  }
  for (const { name } of known) {
    if (!packed.some((each) => each.name === name)) await removeParts(folder, name);
  }
  await copyFile(fileURLToPath(new URL('./start.sh', import.meta.url)), path.join(folder, 'start.sh'));
  const parts = packed.reduce((sum, { sums }) => sum + sums.length, 0);
  say(`the pack is complete: ${parts} parts in ${folder}; run "sh start.sh" there or beside a copy`);
}

async function packPieces(): Promise<readonly Piece[]> {
  const kind = tensorflowKind();
  const { folder: tensorflow, binding: problem } = await findTensorflow();
  if (problem !== undefined) throw new Error(`TensorFlow is not set up: ${problem}.`);
  const temporal = await findTemporalCli();
  if (temporal.kind === 'missing') throw new Error(`There is no Temporal server: ${temporal.reason}.`);
  const inCache = (place: string): string =>
    path.join('cache', 'duramen', path.relative(cacheFolder(), place));
  const folders = [...roomFolders, ...['bench', 'dist', 'docs', 'examples', 'setup', 'test']];
  const present = [...new Set(folders)].filter((name) => existsSync(path.join(packageRoot, name)));
  const ofRoot = readdirSync(packageRoot, { withFileTypes: true }).filter((entry) => entry.isFile());
  const project = await Promise.all(present.map((name) => filesBelow(packageRoot, name)));
  const modules = await realpath(path.join(packageRoot, 'node_modules'));
  const libraries = await filesBelow(tensorflow, '');
  const large: string[] = [];
  for (const file of libraries)
    if ((await lstat(path.join(tensorflow, file))).size > largeFile) large.push(file);
  return [
    {
      name: 'node',
      root: path.dirname(process.execPath),
      files: [path.basename(process.execPath)],
      target: 'node',
    },
    {
      ...{ name: 'project', root: packageRoot, target: 'project' },
      files: [...ofRoot.map(({ name }) => name), ...project.flat()].sort(),
    },
    {
      ...{ name: 'packages', root: modules, target: path.join('project', 'node_modules') },
      files: (await filesBelow(modules, '')).filter(isPackaged),
    },
    temporal.source === 'cache'
      ? {
          ...{ name: 'temporal', root: temporalCliFolder(), target: inCache(temporalCliFolder()) },
          files: await filesBelow(temporalCliFolder(), ''),
        }
      : // Beside Node, whose folder stands on PATH where the pack runs.
        {
          ...{ name: 'temporal', root: path.dirname(temporal.path), target: 'node' },
          files: [path.basename(temporal.path)],
        },
    {
      ...{ name: `tensorflow-${kind}`, root: tensorflow, target: inCache(tensorflow) },
      files: libraries.filter((file) => !large.includes(file)),
    },
    ...large.map((file) => ({
      ...{ name: `library-${path.basename(file).replaceAll('.', '-')}`, root: tensorflow, files: [file] },
      target: inCache(tensorflow),
    })),
  ];
}

// Hidden entries are caches of tools, but for npm's own list and its links to programs. The links into the cache of
// TensorFlow are made anew where the pack is unpacked.
function isPackaged(file: string): boolean {
  if (file.startsWith('.') && file !== '.package-lock.json' && !file.startsWith('.bin/')) return false;
  const made = ['@tensorflow/tfjs-node-gpu/deps', '@tensorflow/tfjs-node-gpu/lib/napi-v8'];
  return !made.some((name) => file === name || file.startsWith(`${name}/`));
}

/** Files and links below a folder, sorted, relative to the root. */
async function filesBelow(root: string, folder: string): Promise<readonly string[]> {
  const found: string[] = [];
  for (const entry of await readdir(path.join(root, folder), { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) found.push(...(await filesBelow(root, file)));
    else if (entry.isFile() || entry.isSymbolicLink()) found.push(file);
  }
  return found.sort();
}

async function sizeOf({ root, files }: Piece): Promise<number> {
  let sum = 0;
  for (const file of files) sum += (await lstat(path.join(root, file))).size;
  return sum;
}

/** Changes with every file of a piece and with the size of parts. */
async function fingerprint({ root, files }: Piece, slice: number): Promise<string> {
  const hash = createHash('sha256').update(`${slice}\0`);
  for (const file of files) {
    const { size, mtimeMs } = await lstat(path.join(root, file));
    hash.update(`${file}\0${size}\0${mtimeMs}\0`);
  }
  return hash.digest('hex');
}

/** Writes a piece as gzipped slices of one tar archive; the lines of `SHA256SUMS` for them. */
async function writeParts(folder: string, piece: Piece, slice: number): Promise<readonly string[]> {
  const list = path.join(folder, 'files.txt');
  await writeFile(list, piece.files.map((file) => `./${file}\0`).join(''));
  const owner = ['--owner=0', '--group=0', '--numeric-owner'];
  const tar = spawn('tar', ['-C', piece.root, ...owner, '--null', '-T', list, '-cf', '-'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    tar.once('error', reject);
    tar.once('close', resolve);
  });
  const sums: string[] = [];
  const write = async (bytes: Buffer): Promise<void> => {
    const name = `${piece.name}.${String(sums.length + 1).padStart(4, '0')}.gz`;
    const part = await compress(bytes, { level: 1 });
    await writeFile(path.join(folder, `${name}.new`), part);
    await rename(path.join(folder, `${name}.new`), path.join(folder, name));
    sums.push(`${createHash('sha256').update(part).digest('hex')}  ${name}`);
  };
  let waiting: Buffer[] = [];
  let length = 0;
  for await (const chunk of tar.stdout as AsyncIterable<Buffer>) {
    let rest = chunk;
    while (length + rest.length >= slice) {
      const taken = rest.subarray(0, slice - length);
      await write(Buffer.concat([...waiting, taken]));
      rest = rest.subarray(taken.length);
      [waiting, length] = [[], 0];
    }
    waiting.push(rest);
    length += rest.length;
  }
  if (length > 0) await write(Buffer.concat(waiting));
  await rm(list);
  const code = await ended;
  if (code !== 0) throw new Error(`tar could not read ${piece.name} (it ended with ${code}): try again.`);
  return sums;
}

async function readPacked(folder: string): Promise<readonly PackedPiece[]> {
  const lines = async (name: string): Promise<readonly string[]> => {
    const file = path.join(folder, name);
    const text = existsSync(file) ? await readFile(file, 'utf8') : '';
    return text.split('\n').filter((line) => line !== '');
  };
  const sums = await lines('SHA256SUMS');
  return (await lines('pieces.txt')).map((line) => {
    const [name = ''] = line.split(' ');
    return { name, line, sums: sums.filter((sum) => partName(sum).startsWith(`${name}.`)) };
  });
}

async function isWhole(folder: string, { sums }: PackedPiece): Promise<boolean> {
  for (const sum of sums) {
    const file = path.join(folder, partName(sum));
    if (!existsSync(file) || (await stat(file)).size === 0) return false;
    const found = createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
    if (found !== sum.slice(0, 64)) return false;
  }
  return sums.length > 0;
}

function partName(sum: string): string {
  return sum.slice(66);
}

async function writeLists(folder: string, packed: readonly PackedPiece[]): Promise<void> {
  const write = async (name: string, lines: readonly string[]): Promise<void> => {
    await writeFile(path.join(folder, `${name}.new`), `${lines.join('\n')}\n`);
    await rename(path.join(folder, `${name}.new`), path.join(folder, name));
  };
  await write(
    'SHA256SUMS',
    packed.flatMap(({ sums }) => sums),
  );
  await write(
    'pieces.txt',
    packed.map(({ line }) => line),
  );
}

async function removeParts(folder: string, piece: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(`${piece}.`) && /\.gz(\.new)?$/.test(name)) await rm(path.join(folder, name));
  }
}
