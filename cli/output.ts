import { printableJson, printableText } from '../foundation/text/index.js';

/** Prints lines for people on standard output. */
export function printLine(text: string): void {
  console.log(printableText(text));
}

/** Prints a value as one line of JSON on standard output. */
export function printJson(value: unknown): void {
  console.log(printableJson(value));
}

/** Prints lines for people on standard error. */
export function printError(text: string): void {
  writeLine(process.stderr, text);
}

/** Prints lines for people on a stream. */
export function writeLine(stream: NodeJS.WritableStream, text: string): void {
  stream.write(`${printableText(text)}\n`);
}
