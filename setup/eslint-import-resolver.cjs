'use strict';

// How import addresses lead to files of this repository, for the rules about imports between rooms:
// TypeScript sources are imported by the name of the JavaScript that they become.
const { existsSync } = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');

exports.interfaceVersion = 2;

exports.resolve = (source, importingFile) => {
  if (source === 'duramen') return found(path.join(root, 'index.ts'));
  if (source.startsWith('duramen/')) {
    return found(path.join(root, source.slice('duramen/'.length), 'index.ts'));
  }
  if (source.startsWith('#setup/')) return found(path.join(root, source.slice(1)));
  if (!source.startsWith('.')) return { found: false };
  const file = path.resolve(path.dirname(importingFile), source);
  return found(existsSync(file) ? file : file.replace(/\.js$/, '.ts'));
};

function found(file) {
  return { found: true, path: file };
}
