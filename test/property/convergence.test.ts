import { describe, it } from '@jest/globals';
import { expectSameRecords } from './convergence-records.ts';
import { playHistories } from './convergence-run.ts';

describe('two sides that live on, whatever happens between them', () => {
  it('end in agreement once it is calm again, with nothing lost, doubled or left to write', async () => {
    await playHistories({ crms: ['salesforce'], histories: 10, expectSame: expectSameRecords });
  }, 3_600_000);
});
