import { breakLink } from '../../src/sync/links/changes.ts';
import { editOurs } from '../property/convergence-ours.ts';
import { shared } from '../property/convergence-shared.ts';
import { deeds } from '../property/convergence-steps.ts';
import { at, trade } from '../property/convergence-trade.ts';
import { day, told } from '../services/channel/channel.ts';
import { fc } from '../services/fast-check.ts';
import type { SimulatorHouse } from './simulator-house.ts';

/** What drifts apart while nobody looks, on either side. Numbers choose among what is there at that moment. */
export type Drift = typeof drift extends fc.Arbitrary<infer T> ? T : never;

const pick = fc.nat({ max: 11 });
const edit = {
  what: fc.nat({ max: shared.length - 1 }),
  which: fc.nat({ max: 2 }),
  value: fc.nat({ max: 3 }),
};
const drift = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom('theirs' as const, 'ours' as const, 'both' as const),
      ...edit,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('trade' as const),
      site: fc.constant(0),
      deed: fc.constantFrom(...deeds),
      which: fc.nat({ max: 20 }),
      other: pick,
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        ...(['add', 'remove', 'leave', 'byHand', 'break', 'lose', 'invalid', 'unsendable'] as const),
      ),
      which: pick,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('merge' as const), which: pick, other: pick }) },
);
/** What people in the CRM do to single fields. */
export const edits = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('theirs' as const), ...edit }),
    fc.record({ kind: fc.constant('byHand' as const), which: pick }),
  ),
  { maxLength: 2 },
);
export const drifts = fc.array(drift, { minLength: 1, maxLength: 8 });

/** Lets it happen; what it came to, in words. */
export async function happen(house: SimulatorHouse, event: Drift): Promise<string> {
  house.clock.time += 60_000;
  const { channel } = house;
  if (event.kind === 'trade') return trade(channel, event);
  if (event.kind === 'theirs' || event.kind === 'ours' || event.kind === 'both')
    return await editSides(house, event);
  const partners = channel.rows('partner');
  const partner = at(partners, event.which);
  if (partner === undefined) return 'nobody';
  switch (event.kind) {
    case 'merge': {
      const loser = at(partners, event.other);
      if (loser === undefined || loser.id === partner.id) return 'nobody';
      return told(channel.merge('partner', { winner: partner.id, loser: loser.id }));
    }
    case 'add':
      return told(channel.add('partner', { name: 'Newcomer', type: 'msp', startedOn: day(channel, -40) }));
    case 'remove':
      return told(channel.remove('partner', partner.id));
    case 'leave':
      return told(channel.leave(partner.id));
    case 'byHand':
      return told(channel.setTier(partner.id, at(['Registered', 'Silver', 'Gold'], event.which)!));
    case 'invalid':
      return told(channel.edit('partner', partner.id, { type: 'unheard-of' }));
    case 'break':
      return await broken(house, partner.id);
    case 'lose':
      return await lost(house, partner.id);
    case 'unsendable':
      return await unsendable(house, partner.id);
  }
}

/** Somebody edits the same attribute in the CRM, with us, or here and there with two values. */
async function editSides(
  { store, channel, connection, clock }: SimulatorHouse,
  { kind, what: index, which, value }: Extract<Drift, { kind: 'theirs' | 'ours' | 'both' }>,
): Promise<string> {
  const what = shared[index]!;
  const row = at(channel.rows(what.entity), which);
  if (row === undefined) return 'nobody';
  const valueAt = (by: number) => at(what.values, value + by)!;
  const said: string[] = [];
  if (kind !== 'ours') said.push(told(channel.edit(what.entity, row.id, { [what.attribute]: valueAt(1) })));
  if (kind === 'theirs') return said.join();
  const place = { connection: connection.alias, crmId: row.id };
  const edited = await editOurs(store, { what, ...place, value: valueAt(0), now: clock.time });
  return [...said, edited ? 'ours' : 'not in play'].join();
}

async function broken({ store, engine, connection }: SimulatorHouse, crmId: string): Promise<string> {
  const object = connection
    .mappings()
    .find(({ entity, key }) => entity === 'partner' && key !== undefined)!.object;
  const link = { connection: connection.alias, object, crmId, entity: 'partner' as const };
  const live = await store.query(
    `select 1 from tierlink.link where object = $1 and crm_id = $2 and entity = 'partner' and state = 'live'`,
    [object, crmId],
  );
  if (live.length === 0) return 'not linked';
  const change = await breakLink(engine, { link, reason: 'a test' });
  return `broken ${change.link.crmId}`;
}

/** A link that is gone without anybody having said so, as after a restored backup. */
async function lost({ store }: SimulatorHouse, crmId: string): Promise<string> {
  await store.query(`delete from tierlink.link where entity = 'partner' and crm_id = $1`, [crmId]);
  return `lost ${crmId}`;
}

/** Ours is longer than the CRM's field. */
async function unsendable({ store, connection, clock }: SimulatorHouse, crmId: string): Promise<string> {
  const what = shared.find(({ entity, attribute }) => entity === 'partner' && attribute === 'phone')!;
  const edit = { what, connection: connection.alias, crmId, value: '7'.repeat(300), now: clock.time };
  return (await editOurs(store, edit)) ? 'too long' : 'not in play';
}
