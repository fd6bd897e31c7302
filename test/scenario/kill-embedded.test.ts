import { describe } from '@jest/globals';
import { killTests } from './kill-size.ts';
import { embeddedStores } from './kill-stores.ts';
import { salesforceWorlds } from './kill-worlds.ts';

describe('work on Salesforce that is killed on the embedded store', () => {
  killTests(embeddedStores, { ...salesforceWorlds, first: 0, turn: 'even' });
});
