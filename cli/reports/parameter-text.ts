import type { Json } from '../../foundation/json/index.js';
import { formatNumber } from '../number-format.js';

/** Parameters by the path of each, such as `cell.operations`, as text; a list of plain values is one of them. */
export function parameterTexts(parameters: Json): readonly (readonly [string, string])[] {
  const texts: (readonly [string, string])[] = [];
  const visit = (path: string, value: Json): void => {
    if (typeof value !== 'object' || value === null)
      texts.push([path === '' ? 'value' : path, plainText(value)]);
    else if (isList(value)) {
      if (value.every((each) => typeof each !== 'object' || each === null))
        texts.push([path === '' ? 'value' : path, value.map(plainText).join(', ')]);
      else value.forEach((each, place) => visit(`${path}[${place}]`, each));
    } else {
      for (const [key, member] of Object.entries(value)) visit(path === '' ? key : `${path}.${key}`, member);
    }
  };
  visit('', parameters);
  return texts;
}

function plainText(value: Json): string {
  if (typeof value === 'number') return formatNumber(value);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function isList(value: object): value is readonly Json[] {
  return Array.isArray(value);
}
