import type { NativeConnection } from '@temporalio/worker';
import { errorText } from '../foundation/errors/index.js';
import { searchAttributeKeys } from '../workflows/messages/index.js';

/** Values of `IndexedValueType` in Temporal's API. */
const indexedValueTypes = { KEYWORD: 2, INT: 3, DOUBLE: 4 } as const;

/** The names of the search attributes of every search, with their types. */
const wanted = Object.fromEntries(
  Object.values(searchAttributeKeys).map(({ name, type }) => [name, indexedValueTypes[type]]),
);

/**
 * Registers the search attributes that the namespace lacks. Answers whether all can be used; where that is not
 * permitted, searches run without them, and one call of `warn` says so.
 */
export async function ensureSearchAttributes(
  connection: NativeConnection,
  namespace: string,
  warn: (message: string) => void,
): Promise<boolean> {
  try {
    const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
    const missing = Object.entries(wanted).filter(([name]) => !Object.hasOwn(customAttributes, name));
    if (missing.length > 0) {
      await connection.operatorService.addSearchAttributes({
        namespace,
        searchAttributes: Object.fromEntries(missing),
      });
    }
    return true;
  } catch (error) {
    const reason = errorText(error);
    warn(
      `Searches run without search attributes, because the namespace "${namespace}" does not allow to register them ` +
        `(${reason}). Ask its administrator for ${Object.keys(wanted).join(', ')}.`,
    );
    return false;
  }
}
