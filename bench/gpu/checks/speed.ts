import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { findOnPath } from '../../../setup/subprocess.mjs';
import { packageRoot } from '../../../setup/folders.mjs';
import { failed, passed, type Check } from '../check.js';
import { deviceEnvironment } from '../machine.js';

/** Examples a second of the networks of the training bench, beside the frameworks that the machine's Python has. */
export const speed: Check = {
  name: 'speed',
  shows: 'examples a second of the networks of the training bench, beside Keras and PyTorch where they are',
  run: async ({ devices, isQuick }) => {
    const python = findOnPath('python3');
    const rounds = isQuick ? ['--rounds', '1', '--seconds', '0.3', '--networks', 'multilayerPerceptron'] : [];
    const words = ['--no-fixed-cost', '--rounds', '2', '--seconds', '2', ...rounds];
    if (python !== undefined) words.push('--python', python);
    const script = path.join(packageRoot, 'bench', 'run.mjs');
    const child = spawn(process.execPath, [script, 'training', ...words], {
      env: { ...process.env, ...deviceEnvironment(devices[0] ?? null) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    const networks: unknown[] = [];
    for await (const line of createInterface({ input: child.stdout })) {
      if (line.startsWith('{')) networks.push(JSON.parse(line) as unknown);
    }
    const code = await ended;
    return code === 0 && networks.length > 0
      ? passed({ networks })
      : failed(`The training bench ended with ${code}.`, { networks });
  },
};
