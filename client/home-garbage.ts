import { findGarbage, type Garbage, removeGarbage } from '../storage/index.js';

/** What was found in a home that nothing reads any more, and whether it was removed. */
export interface CollectedGarbage {
  readonly garbage: readonly Garbage[];
  readonly bytes: number;
  readonly removed: boolean;
}

/** Removes from a home what nothing reads any more (see `findGarbage`); with `dryRun` only says what that is. */
export async function collectGarbage(
  home: string,
  { dryRun = false }: { readonly dryRun?: boolean } = {},
): Promise<CollectedGarbage> {
  const garbage = await findGarbage(home);
  if (!dryRun) await removeGarbage(home, garbage);
  return { garbage, bytes: garbage.reduce((sum, { bytes }) => sum + bytes, 0), removed: !dryRun };
}
