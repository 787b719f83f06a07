import type { Replay } from './memory.js';
import type { Reward } from './reward.js';

/** An evaluated pipeline of the current round. */
export type RoundResult = Reward & { readonly index: number; readonly actions: Uint8Array };

/** The buffer with results added in their order, the oldest dropped beyond `capacity`. */
export function withResults(replay: Replay, results: readonly RoundResult[], capacity: number): Replay {
  const heads = results[0]?.actions.length ?? 0;
  const kinds = results[0]?.costs.length ?? 0;
  const total = replay.count + results.length;
  const dropped = Math.max(0, total - capacity);
  const actions = new Uint8Array(total * heads);
  const rewards = new Float32Array(total);
  const flags = new Uint8Array(total);
  const costs = new Float32Array(total * kinds);
  actions.set(replay.actions);
  rewards.set(replay.rewards);
  flags.set(replay.flags);
  costs.set(replay.costs);
  for (const [place, result] of results.entries()) {
    const at = replay.count + place;
    actions.set(result.actions, at * heads);
    rewards[at] = result.reward;
    flags[at] = result.flags;
    costs.set(result.costs, at * kinds);
  }
  return {
    count: total - dropped,
    actions: actions.slice(dropped * heads),
    rewards: rewards.slice(dropped),
    flags: flags.slice(dropped),
    costs: costs.slice(dropped * kinds),
  };
}

/** The pipeline at an index of the buffer. */
export function actionsAt({ actions, count }: Replay, place: number): Uint8Array {
  const heads = actions.length / count;
  return actions.subarray(place * heads, (place + 1) * heads);
}
