import type { DefinitionReader } from './definition-reader.js';
import type { Resources, Timeout } from './definition.js';

/** Checks wall-clock limits. */
export function readTimeout(reader: DefinitionReader): Timeout {
  reader.members(['attempt', 'trial']);
  const attempt = reader.optional('attempt', (limit) => limit.wholeNumber(1));
  const trial = reader.optional('trial', (limit) => limit.wholeNumber(1));
  return { ...(attempt === undefined ? {} : { attempt }), ...(trial === undefined ? {} : { trial }) };
}

/** Checks what an evaluation occupies. */
export function readResources(reader: DefinitionReader): Resources {
  reader.members(['cpu', 'gpu', 'memoryMegabytes', 'queue']);
  const memoryMegabytes = reader.optional('memoryMegabytes', (amount) => amount.positiveNumber());
  const queue = reader.optional('queue', (name) => name.nonEmptyText());
  const gpu = reader.at('gpu').finiteNumber();
  if (gpu < 0) reader.at('gpu').refuse(`must not be below 0, it is ${gpu}.`);
  return {
    cpu: reader.at('cpu').positiveNumber(),
    gpu,
    ...(memoryMegabytes === undefined ? {} : { memoryMegabytes }),
    ...(queue === undefined ? {} : { queue }),
  };
}
