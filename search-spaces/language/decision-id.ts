const needsQuotes = /[.[\]=/#"]/;

/** The id of a member of an object whose id is `parent`. */
export function memberId(parent: string, key: string): string {
  if (key === '' || needsQuotes.test(key)) return `${parent}[${JSON.stringify(key)}]`;
  return parent === '' ? key : `${parent}.${key}`;
}

/** The id of an element of an array, or of a pick of a multi-choice. */
export function elementId(parent: string, index: number | '*'): string {
  return `${parent}[${index}]`;
}

const lengthEnd = '[#]';

/** The id of the length of a list whose id is `list`. */
export function lengthId(list: string): string {
  return `${list}${lengthEnd}`;
}

/** The id of the list whose length has the id `length`. */
export function listId(length: string): string {
  return length.slice(0, -lengthEnd.length);
}

/** What the ids under candidate `index` of `of` start with. */
export function candidateId(parent: string, index: number, of: number): string {
  return `${parent}[=${index}/${of}]`;
}

/** The segments of an id or glob: `a[=0/2].b[1]` is `a`, `[=0/2]`, `b`, `[1]`. */
export function idSegments(id: string): readonly string[] {
  const segments: string[] = [];
  let i = 0;
  while (i < id.length) {
    const start = i;
    if (id[i] === '[') {
      if (id[i + 1] === '"') {
        i += 2;
        while (i < id.length && id[i] !== '"') i += id[i] === '\\' ? 2 : 1;
      }
      while (i < id.length && id[i] !== ']') i++;
      i++;
      segments.push(id.slice(start, i));
    } else {
      while (i < id.length && id[i] !== '.' && id[i] !== '[') i++;
      if (i > start) segments.push(id.slice(start, i));
      if (id[i] === '.') i++;
    }
  }
  return segments;
}

/** The path of a decision in the decoded value: its id without the parts that name candidates and lengths. */
export function valuePath(id: string): string {
  let path = '';
  for (const segment of idSegments(id)) {
    if (segment.startsWith('[=') || segment === lengthEnd) continue;
    path += path === '' || segment.startsWith('[') ? segment : `.${segment}`;
  }
  return path;
}
