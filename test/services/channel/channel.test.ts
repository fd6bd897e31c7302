import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { starterProgram } from '../channel-engine.ts';
import { type Channel, idsOf, type Kind } from './channel.ts';
import { crms, startChannel } from './start.ts';

const kinds: readonly Kind[] = [
  'partner',
  'customer',
  'person',
  'deal',
  'credit',
  'certification',
  'lead',
  'registration',
  'case',
];

const everything = (channel: Channel) =>
  Object.fromEntries(kinds.map((kind) => [kind, channel.rows(kind as 'deal')]));

describe.each(crms)('the small business in %s', (crm) => {
  const clock = { time: Date.parse('2026-03-02T10:00:00Z') };
  let channel: Channel;
  beforeAll(async () => {
    channel = await startChannel(crm, { seed: 7, now: () => clock.time, program: starterProgram() });
  });
  afterAll(async () => await channel.close());

  it('reads back what people put into it', () => {
    const counts = Object.fromEntries(kinds.map((kind) => [kind, channel.rows(kind).length]));
    expect(counts).toEqual({
      partner: 6,
      customer: 4,
      person: 12,
      deal: 20,
      credit: 3,
      certification: 12,
      lead: 3,
      registration: 2,
      case: 3,
    });
    const [partner] = channel.rows('partner');
    const values = { name: 'Cy Dahl', phone: '1', title: 'Head', partner: partner!.id };
    const [id] = idsOf(channel.add('person', values));
    expect(channel.find('person', id!)).toEqual({ id, ...values });
    const deal = channel.rows('deal').find(({ state }) => state === 'won')!;
    idsOf(channel.edit('deal', deal.id, { amount: '12345.67', state: 'lost', closeOn: '2026-02-01' }));
    const sold = { amount: '12345.67', state: 'lost', closeOn: '2026-02-01', partner: deal.partner };
    expect(channel.find('deal', deal.id)).toMatchObject(sold);
    const [open] = channel.rows('case');
    idsOf(
      channel.edit('case', open!.id, { isClosed: true }),
      channel.edit('case', open!.id, { isClosed: true }),
    );
    expect(channel.find('case', open!.id)?.isClosed).toBe(true);
    idsOf(channel.edit('case', open!.id, { isClosed: false }));
    expect(channel.find('case', open!.id)?.isClosed).toBe(false);
    const [registration] = channel.rows('registration');
    idsOf(channel.edit('registration', registration!.id, { state: 'declined' }));
    idsOf(channel.edit('registration', registration!.id, { state: 'approved', partner: partner!.id }));
    expect(channel.find('registration', registration!.id)).toMatchObject({
      state: 'approved',
      partner: partner!.id,
    });
  });

  it('lets partners go, come back and be joined, and takes all of it back', () => {
    const before = everything(channel);
    const snapshot = channel.snapshot();
    for (let times = 0; times < 2; times += 1) {
      clock.time += 60_000;
      const [winner, loser, leaver, removed] = channel.rows('partner');
      idsOf(channel.merge('partner', { winner: winner!.id, loser: loser!.id }));
      expect(channel.rows('person').filter(({ partner }) => partner === loser!.id)).toEqual([]);
      idsOf(channel.leave(leaver!.id));
      expect(channel.find('customer', leaver!.id)?.name).toBe(leaver!.name);
      idsOf(channel.remove('partner', removed!.id));
      expect(channel.find('partner', removed!.id)).toBeUndefined();
      idsOf(channel.restore(removed!.id), channel.setTier(removed!.id, 'Gold'));
      expect(channel.find('partner', removed!.id)).toEqual({ ...removed, tier: 'Gold' });
      idsOf(channel.remove('partner', removed!.id), channel.purge(removed!.id));
      expect(channel.restore(removed!.id).done).toBe(false);
      snapshot.restore();
      expect(everything(channel)).toEqual(before);
    }
  });
});
