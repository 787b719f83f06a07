import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

import { roomFolders, rooms } from '../../setup/rooms.mjs';
import { circleIn, importGraph, mergeNodes } from '../support/import-graph.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const graph = importGraph(root, [...roomFolders, 'index.ts']);

test('no file imports itself by way of others, types included', () => {
  expect(graph.size).toBeGreaterThan(400);
  expect(circleIn(graph)).toBeNull();
});

test('no sub-room does, taken as a whole', () => {
  const merged = mergeNodes(graph, (file) => {
    const [room = '', folder = '', ...below] = file.split('/');
    return below.length > 0 ? `${room}/${folder}` : file;
  });
  expect(circleIn(merged)).toBeNull();
});

test('no test support, bench or test does', () => {
  expect(circleIn(importGraph(root, ['test', 'bench']))).toBeNull();
});

test('every folder of a room is in the table of sub-rooms, once', () => {
  for (const [room, { subRooms }] of Object.entries(rooms)) {
    const folders = new Set(
      [...graph.keys()]
        .map((file) => file.split('/'))
        .flatMap(([top, folder, ...below]) =>
          top === room && folder !== undefined && below.length > 0 ? [folder] : [],
        ),
    );
    expect([...subRooms].sort()).toEqual([...folders].sort());
  }
});

test('a circle would be found', () => {
  const circle = new Map([
    ['a', new Set(['b'])],
    ['b', new Set(['c'])],
    ['c', new Set(['b'])],
  ]);
  expect(circleIn(circle)).toEqual(['b', 'c', 'b']);
});
