'use strict';

// How import addresses lead to files of this repository, for the rules about imports between rooms:
// TypeScript sources are imported by the name of the JavaScript that they become.
const path = require('node:path');

exports.interfaceVersion = 2;

exports.resolve = (source, importingFile) => {
  if (source === 'duramen') return found(path.join(__dirname, 'src', 'index.ts'));
  if (source.startsWith('duramen/')) {
    return found(path.join(__dirname, 'src', source.slice('duramen/'.length), 'index.ts'));
  }
  if (!source.startsWith('.')) return { found: false };
  const file = path.resolve(path.dirname(importingFile), source);
  const isSource = file.startsWith(path.join(__dirname, 'src') + path.sep);
  return found(isSource ? file.replace(/\.js$/, '.ts') : file);
};

function found(file) {
  return { found: true, path: file };
}
