import type { Json } from '../../foundation/json/index.js';

/** The calls that stand for decisions and derived values in a supernet; no space that becomes one may use them. */
export const superNetCalls = ['switch', 'mix', 'picked', 'control', 'masked', 'derived'] as const;

/** Whether the name of a call is one of those. */
export function isSuperNetCall(call: Json | undefined): call is (typeof superNetCalls)[number] {
  return superNetCalls.some((name) => name === call);
}
