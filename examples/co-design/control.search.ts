import { defineSearch, sharedWeights } from 'duramen';
import { random } from 'duramen/algorithms';
import { accelerators } from './accelerators.js';
import { job } from './setting.js';

// As many accelerators and architectures as in front.search.ts, all of them drawn at random.
export default defineSearch({
  name: 'control',
  levels: accelerators(random(), random()),
  seed: 8,
  evaluate: sharedWeights(`${job}/supernet`),
});
