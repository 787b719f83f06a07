import { onlyInput } from './node-inputs.js';
import { withoutMultiplyAdds, withoutParameters, withoutWork } from './operation-kind.js';
import type { OperationKind } from './operation-kind.js';

export interface RateAttributes {
  /** Probability of being dropped during training, in [0, 1). */
  readonly rate: number;
}

export const dropout = dropping('dropout');

export const dropPath = dropping('drop path');

function dropping(name: string): OperationKind<RateAttributes> {
  return {
    readAttributes: (fields) => ({ rate: fields.rate('rate') }),
    outputShape: onlyInput,
    parameters: withoutParameters,
    multiplyAdds: withoutMultiplyAdds,
    acceleratorWork: withoutWork,
    keepsZeros: () => true,
    label: ({ rate }) => `${name} ${rate}`,
    family: 'other',
  };
}
