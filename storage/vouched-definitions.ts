import type { Json } from '../foundation/json/index.js';
import { hashJson } from '../foundation/numbers/index.js';
import type { BlobStore } from './blob-store.js';

const folder = 'vouched';
/** Says that the journals of former builds were gone through; no hash has this form. */
const gonePast = `${folder}/=journals`;

/**
 * The definitions that a home vouches for: a worker carries out no other. A definition names command lines, bundles and
 * files, and whoever reaches the ports of a Temporal server can start a workflow with one; only who may write into the
 * home can vouch for one. A mark is the hash of the definition's JSON, in which the order of keys does not count.
 */
export class VouchedDefinitions {
  constructor(private readonly blobs: BlobStore) {}

  /** Vouches for a definition; once more changes nothing. */
  async vouch(definition: object): Promise<void> {
    await this.blobs.putIfAbsent(markOf(definition), Buffer.from('definition\n'));
  }

  /** Whether the home vouches for a definition. */
  async has(definition: object): Promise<boolean> {
    return (await this.blobs.get(markOf(definition))) !== null;
  }

  /**
   * Vouches once for all definitions in the journals of a home: former builds, which alone wrote to a home without this
   * mark, vouched for none.
   */
  async vouchForJournals(): Promise<void> {
    if ((await this.blobs.get(gonePast)) !== null) return;
    for (const key of await this.blobs.list('journals')) {
      if (!key.includes('/=records/')) continue;
      const bytes = await this.blobs.get(key);
      for (const line of new TextDecoder().decode(bytes ?? new Uint8Array()).split('\n')) {
        const definition = definitionIn(line);
        if (definition !== null) await this.vouch(definition);
      }
    }
    await this.blobs.putIfAbsent(gonePast, Buffer.from('journals\n'));
  }
}

function markOf(definition: object): string {
  // As it arrives after its way through a message: without members that are undefined.
  const hash = hashJson(JSON.parse(JSON.stringify(definition)) as Json);
  return `${folder}/${hash.slice(0, 2)}/${hash}`;
}

/** The definition with which a record of a journal opens a search, or which it adopts; null for all other lines. */
function definitionIn(line: string): object | null {
  // Most lines are outcomes: no other kind of record needs to be parsed.
  if (!line.includes('"definition"')) return null;
  try {
    const { record } = JSON.parse(line) as {
      readonly record?: {
        readonly definition?: unknown;
        readonly intervention?: { readonly definition?: unknown };
      };
    };
    const definition = record?.definition ?? record?.intervention?.definition;
    return typeof definition === 'object' ? (definition ?? null) : null;
  } catch {
    // A damaged line: whoever reads the journal is told.
    return null;
  }
}
