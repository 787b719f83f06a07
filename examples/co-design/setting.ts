import { scales, type Scale, type ScaleName } from './scale.js';

// What the search files read when the job defines its searches. An evaluating process loads the same files without
// these variables, so that no evaluate function reads them: functions know what their context says.

const names: Readonly<Record<string, ScaleName>> = { full: 'full', small: 'small', short: 'short' };

/** How much the searches do. */
export const scale: Scale = scales[names[process.env['CO_DESIGN_SCALE'] ?? 'full'] ?? 'full'];

/** The id of the job, which its searches have before their own name. */
export const job = process.env['CO_DESIGN_JOB'] ?? 'co-design';
