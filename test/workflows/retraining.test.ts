import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ma2ml, random, type AlgorithmReference } from '../../src/algorithms/index.js';
import { JournalVerifier } from '../../src/client/index.js';
import { float, int, oneOf, space, tagged } from '../../src/search-spaces/index.js';
import type { Retraining, SearchDefinition, SearchResult } from '../../src/searches/index.js';
import {
  extendUpdate,
  pauseUpdate,
  progressQuery,
  resumeUpdate,
  setConcurrencyUpdate,
} from '../../src/workflows/messages.js';
import { SearchLaboratory, until } from './search-laboratory.js';
