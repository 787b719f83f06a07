import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

/** File of the built package that holds the bundle of its workflows. */
export const workflowBundle = 'workflow-bundle.js';

/** Bundles the workflows once, at build time, so that a worker starts in a fraction of a second. */
export async function buildWorkflowBundle(): Promise<void> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../workflows/bundle-entry.js', import.meta.url)),
    logger: new DefaultLogger('WARN'),
  });
  await writeFile(fileURLToPath(new URL(`../${workflowBundle}`, import.meta.url)), code);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildWorkflowBundle();
