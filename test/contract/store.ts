import { afterAll, afterEach, beforeAll, describe } from '@jest/globals';
import { emptyStore } from '../services/test-store.ts';
import { testsOfFencing, testsOfLeases } from './store/leases.ts';
import { testsOfRehearsals } from './store/rehearsals.ts';
import { testsOfSchema } from './store/schema.ts';
import { testsOfSessions } from './store/sessions.ts';
import type { StoreSite } from './store/site.ts';
import { testsOfSpace } from './store/space.ts';
import { testsOfContext, testsOfTransactions } from './store/transactions.ts';
import { testsOfValues } from './store/values.ts';

export interface StoreContract {
  name: string;
  make: () => Promise<StoreSite & { close: () => Promise<void> }>;
  describe?: typeof describe | typeof describe.skip;
}

/** What every size of the store does alike. */
export function runStoreContract(contract: StoreContract): void {
  (contract.describe ?? describe)(`store: ${contract.name}`, () => {
    const at = {} as StoreSite;
    let close: (() => Promise<void>) | undefined;

    beforeAll(async () => {
      const made = await contract.make();
      close = made.close;
      Object.assign(at, { store: made.store, other: made.other });
      await at.store.query('create schema if not exists probe');
      await at.store.query('create table probe.item (id integer primary key, note text)');
    });
    afterEach(async () => {
      await emptyStore(at.store);
      await at.store.query('truncate probe.item');
    });
    afterAll(async () => {
      await close?.();
    });

    describe('values', () => testsOfValues(at));
    describe('sessions', () => testsOfSessions(at));
    describe('transactions', () => testsOfTransactions(at));
    describe('transaction context', () => testsOfContext(at));
    describe('rehearsals', () => testsOfRehearsals(at));
    describe('schema', () => testsOfSchema(at));
    describe('leases', () => testsOfLeases(at));
    describe('lost leases', () => testsOfFencing(at));
    describe('space', () => testsOfSpace(at));
  });
}
