import { failed, passed, untried, type Check } from '../check.js';
import { trainedHash } from './repetition.js';

const epochs = 12;
const quickEpochs = 3;

/** Two processes that train on one device at the same time. */
export const twoProcesses: Check = {
  name: 'two-processes',
  shows: 'two processes on one device at the same time train to the weights of one alone',
  run: async (workshop) => {
    const device = workshop.devices[0] ?? null;
    const count = workshop.isQuick ? quickEpochs : epochs;
    const alone = await trainedHash(workshop, device, count, []);
    const together = await Promise.all([1, 2].map(() => trainedHash(workshop, device, count, [])));
    return together.every((hash) => hash === alone)
      ? passed({ hash: alone })
      : failed('Weights differ when two processes share the device.', { alone, together });
  },
};

/** The same training on two devices at the same time. */
export const twoDevices: Check = {
  name: 'two-devices',
  shows: 'two devices at the same time train to the same weights',
  run: async (workshop) => {
    const [first, second] = workshop.devices;
    if (first === undefined || second === undefined) return untried('The machine has no second device.');
    const hashes = await Promise.all(
      [first, second].map((device) => trainedHash(workshop, device, epochs, [])),
    );
    const figures = { devices: [first.name, second.name], hashes };
    if (hashes[0] === hashes[1]) return passed(figures);
    return first.name === second.name
      ? failed('Two devices of one kind train to other weights.', figures)
      : passed({ ...figures, note: 'devices of two kinds may have other bits' });
  },
};
