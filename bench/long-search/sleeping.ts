import { sleep } from '@temporalio/workflow';

/** An evaluation that takes some eight minutes of the server's time: its score, and then nothing to compute. */
export async function sleeping({
  parameters: { x },
}: {
  readonly parameters: { readonly x: number };
}): Promise<{ readonly loss: number }> {
  // Trials end in another order than they started in.
  await sleep(Math.round((7 + 4 * x) * 60_000));
  return { loss: (x - 0.3) * (x - 0.3) };
}
