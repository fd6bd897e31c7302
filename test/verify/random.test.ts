import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MismatchCause } from '../../src/model/mismatch-causes.ts';
import { makePlan } from '../../src/plan/make.ts';
import type { Store } from '../../src/store/store.ts';
import { runVerify } from '../../src/verify/verify.ts';
import { fc } from '../services/fast-check.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { openMatchHouse } from '../sync/match-house.ts';
import { corruptions } from './corrupt.ts';
import { found, settledHouse, verify } from './verify-house.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

/** Those that change a deal that they are given, so that several stay apart. */
const ofDeals = [
  'late_row',
  'late_change',
  'unstamped_change',
  'missed_delete',
  'local_edit',
  'lost_link',
] as const;

describe('whatever differs', () => {
  it('has exactly its cause, record by record', async () => {
    const cause = fc.constantFrom<MismatchCause>(...ofDeals);
    const chosen = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 11 }), cause), {
      maxLength: 5,
      selector: ([index]) => index,
    });
    await fc.assert(
      fc.asyncProperty(chosen, fc.boolean(), async (list, isFirstVerified) => {
        const house = await settledHouse(store);
        if (isFirstVerified) await verify(house, { full: true });
        const deals = house.crm.rows('Deal').map(({ id }) => id);
        const wanted: Record<string, string> = {};
        for (const [index, name] of list) wanted[await corruptions[name]!(house, deals[index]!)] = name;
        await verify(house, { full: true });
        const names = Object.fromEntries((await found(store)).map(({ crmId, cause: name }) => [crmId, name]));
        expect(names).toEqual(wanted);
      }),
      { numRuns: 8 },
    );
  });
});

describe('a plan of a cause', () => {
  it('has the records that were found with it and what follows from them, and nothing else', async () => {
    const house = await settledHouse(store);
    const deals = house.crm.rows('Deal').map(({ id }) => id);
    await verify(house, { full: true });
    const late = await corruptions.late_row!(house, deals[0]!);
    await corruptions.missed_delete!(house, deals[5]!);
    await verify(house, { full: true });
    const { engine, connection } = house;
    const of = { engine, connections: [connection], configured: [connection] };
    const kindsOf = async (cause?: MismatchCause) =>
      (await makePlan({ ...of, filter: { cause } })).value!.items.flatMap((item) =>
        item.kind === 'link' || item.kind === 'unlink' ? [`${item.kind} ${item.crmId}`] : [],
      );
    expect((await kindsOf()).sort()).toEqual([`link ${late}`, `unlink ${deals[5]}`].sort());
    expect(await kindsOf('late_row')).toEqual([`link ${late}`]);
    expect(await kindsOf('missed_delete')).toEqual([`unlink ${deals[5]}`]);
    expect(await kindsOf('duplicate')).toEqual([]);
  });
});

describe('two connections that hold the same partner with other values', () => {
  it('are each verified: what the other one decides is no difference', async () => {
    await emptyStore(store);
    const world = await openMatchHouse(store);
    const { north, south } = world.houses;
    north!.addPartner('Northwind', { Number: '7', Website: 'https://nw.example', Phone: '1', Region: 'EU' });
    south!.addPartner('Northwind Inc', { Number: '7', Website: 'https://nw.example', Phone: '2' });
    south!.addPartner('Contoso', { Number: '8' });
    await world.pass();
    await world.pass();
    for (const house of [north!, south!]) {
      house.clock.time += 10_000;
      const run = await runVerify(world.engine, house.connection, { days: 28, full: true });
      expect(run.state).toBe('succeeded');
    }
    expect(await found(store)).toEqual([]);
  });
});
