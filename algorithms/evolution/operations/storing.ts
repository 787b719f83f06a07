import { expression, optional, stateKey } from './field-checks.js';
import { noChildren, type OperationKinds } from './operation-kind.js';

/** Operations that read and write the globals. */
export const storing: OperationKinds<'get' | 'put' | 'cycle'> = {
  get: {
    check: { key: stateKey },
    run: ({ key }, _, { run }) => run.list(key),
    children: noChildren,
  },
  put: {
    check: { key: stateKey, value: optional(expression) },
    run: ({ key, value }, items, { run }) => {
      if (value === undefined) {
        run.store(key, items);
        return items;
      }
      const scalar = run.value(value, items);
      run.store(key, typeof scalar === 'object' ? null : scalar);
      return items;
    },
    children: noChildren,
    listKeys: ({ key, value }) => (value === undefined ? [key] : []),
  },
  cycle: {
    check: { key: stateKey, cursor: stateKey },
    run: ({ key, cursor }, _, { run }) => {
      const list = run.list(key);
      const position = run.globals[cursor];
      const at = typeof position === 'number' && list.length > 0 ? position % list.length : 0;
      const item = list[at];
      if (item === undefined) return [];
      run.store(cursor, at + 1);
      return [item];
    },
    children: noChildren,
  },
};
