import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { runCommandLine } from '../../cli/command-line.js';
import { printJson, printLine, writeLine } from '../../cli/output.js';
import { printableJson, printableText } from '../../foundation/text/index.js';

const escape = '\u001b';
const title = `${escape}]0;owned\u0007`;
const root = fileURLToPath(new URL('../../', import.meta.url));

/** What a terminal obeys, by Unicode's categories rather than by our list; line feed and tab are wanted. */
const obeyed = /(?![\n\t])\p{Cc}|\p{Bidi_Control}/u;

describe('a printable text', () => {
  test('has no control characters but line feed and tab, and the rest as it was', () => {
    expect(printableText(`a${title}b\r\n\tc\u009b2Jd\u202ee\u007f`)).toBe('a]0;ownedb\n\tc2Jde');
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const shown = printableText(text);
        expect(shown).not.toMatch(obeyed);
        const kept = [...text].filter((character) => !obeyed.test(character)).join('');
        expect(shown).toBe(kept);
      }),
      { numRuns: 2_000 },
    );
  });

  test('of JSON gives a reader every character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const shown = printableJson({ [text]: [text] });
        expect(shown).not.toMatch(obeyed);
        expect(shown).not.toContain('\n');
        expect(JSON.parse(shown)).toEqual({ [text]: [text] });
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the command line', () => {
  test('prints nothing that a terminal obeys', async () => {
    const pieces: string[] = [];
    const keep = (piece: unknown): boolean => pieces.push(String(piece)) > 0;
    const spies = [
      vi.spyOn(console, 'log').mockImplementation(keep),
      vi.spyOn(process.stderr, 'write').mockImplementation(keep),
    ];
    try {
      printLine(title);
      printJson({ message: title });
      writeLine(process.stderr, title);
      await runCommandLine([title]);
      await runCommandLine(['show', title, '--home', join(root, 'nowhere', title)]);
    } finally {
      process.exitCode = 0;
      for (const spy of spies) spy.mockRestore();
    }
    expect(pieces.length).toBeGreaterThanOrEqual(5);
    for (const piece of pieces) expect(piece).not.toMatch(obeyed);
    expect(pieces.join('')).toContain('owned');
  });

  test('and workers write to the terminal in one place each', () => {
    const writes = /console\.\w+\(|process\.std(?:out|err)\.write\(/;
    const files = ['cli', 'client', 'workers'].flatMap((room) =>
      readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
        .filter((file) => file.endsWith('.ts'))
        .map((file) => join(room, file)),
    );
    expect(files.length).toBeGreaterThan(50);
    const writing = files.filter((file) => writes.test(readFileSync(join(root, file), 'utf8')));
    expect(writing.sort()).toEqual(['cli/output.ts', 'workers/main.ts']);
    const ofWorkers = readFileSync(join(root, 'workers/main.ts'), 'utf8').match(new RegExp(writes, 'g'));
    // Its messages, and the word "ready".
    expect(ofWorkers).toHaveLength(2);
  });
});
