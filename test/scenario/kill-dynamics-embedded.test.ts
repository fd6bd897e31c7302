import { describe } from '@jest/globals';
import { killTests } from './kill-size.ts';
import { embeddedStores } from './kill-stores.ts';
import { dynamicsWorlds } from './kill-worlds.ts';

describe('work on Dynamics that is killed on the embedded store', () => {
  killTests(embeddedStores, { ...dynamicsWorlds, first: 0, turn: 'odd' });
});
