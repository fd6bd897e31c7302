import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readStatus } from '../../src/app/status.ts';
import type { AppConnection } from '../../src/app.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
let partner: string;

/** A partner that is Silver by what people entered long ago, and kept as such by hand. */
beforeAll(async () => {
  stage = await openStage({ start: '2026-03-02T10:00:00Z' });
  const { cast } = stage;
  partner = cast.partner('Adatum', { Partner_Tier__c: 'Silver', Partner_Tier_Since__c: '2012-05-01' });
  cast.certified(partner, 2);
  for (let deal = 0; deal < 12; deal += 1) {
    const day = Date.parse(`${2000 + deal}-02-01T08:00:00Z`);
    const old = { CreatedDate: day, LastModifiedDate: day, SystemModstamp: day };
    cast.won(partner, 10_000, '2025-11-01', old);
  }
  cast.won(partner, 5_000, '2025-11-01');
});
afterAll(() => stage.close());

/** The connection with a reader that begins at a day of its own choosing, as others' do where none is set. */
function beginningIn(year: string): AppConnection {
  const connection = stage.app.connection();
  return {
    ...connection,
    connector: () => {
      const connector = connection.connector();
      return {
        ...connector,
        async *read(request) {
          for await (const page of connector.read(request)) {
            const isOld = (created: unknown) => typeof created === 'string' && created < year;
            yield { ...page, records: page.records.filter(({ fields }) => !isOld(fields.CreatedDate)) };
          }
        },
      };
    },
  };
}

const frozen = async () =>
  (await readStatus(stage.app)).feeds
    .filter((feed) => feed.frozen !== null)
    .map((feed) => `${feed.object} ${feed.frozen}`);
const movedDown = () =>
  stage.store.query(`select movement from tierlink.decision where movement in ('warn', 'demote')`);

describe('records that were made and changed last many years ago', () => {
  it('pitfall 7: are known to be missing where the reader leaves them out, and cost nobody the tier', async () => {
    const connections = [beginningIn('2020')];
    await stage.pass({ connections });
    await stage.takeOver();
    expect(await frozen()).toEqual(['Opportunity records_missing']);
    for (const day of ['2026-04-01', '2026-07-01', '2026-10-01']) {
      stage.clock.time = Date.parse(`${day}T06:00:00Z`);
      await stage.pass({ connections });
    }
    expect(await frozen()).toEqual(['Opportunity records_missing']);
    expect(await stage.figure('Adatum', 'sourcedRevenue')).toMatchObject({
      numerator: '5000',
      state: 'provisional',
    });
    expect(await movedDown()).toEqual([]);
    expect(stage.cast.record(partner)).toMatchObject({ Partner_Tier__c: 'Silver' });
  });

  it('pitfall 7: are all read without a first day being set, and the figures count again', async () => {
    await stage.pass({ full: true });
    expect(await frozen()).toEqual([]);
    expect(await stage.figure('Adatum', 'sourcedRevenue')).toMatchObject({
      numerator: '125000',
      state: 'current',
    });
    expect(await stage.why('Adatum')).toMatchObject({ tier: 'Silver', frozenReason: null });
  });
});
