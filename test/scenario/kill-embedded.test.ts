import { describe } from '@jest/globals';
import { killTests } from './kill-size.ts';
import { embeddedStores } from './kill-stores.ts';

describe('work that is killed on the embedded store', () => {
  killTests(embeddedStores, { first: 0 });
});
