import type { Draw } from '../../../connectors/simulation/random.ts';
import { type Channel, day, idsOf, type Values } from './channel.ts';

const dayMs = 86_400_000;

/** Fills an empty CRM: every kind of record has a few rows. The same draws make the same business in every CRM. */
export function fill(channel: Channel, draw: Draw): void {
  const partners = times(6, (index) =>
    added(channel, 'partner', drawPartner(channel, draw, `Partner ${index + 1}`)),
  );
  const customers = times(4, (index) => added(channel, 'customer', { name: `Customer ${index + 1}` }));
  const people = times(12, (index) =>
    added(channel, 'person', {
      name: `Pat Person ${index + 1}`,
      partner: partners[index % partners.length]!,
      phone: `+1 ${index}`,
    }),
  );
  times(12, (index) =>
    added(channel, 'certification', {
      person: people[index]!,
      partner: partners[index % 6]!,
      code: `T-${draw.between(1, 3)}`,
      issuedOn: day(channel, -200),
      expiresOn: day(channel, draw.between(20, 400)),
      status: 'active',
    }),
  );
  const deals = times(20, (index) =>
    added(
      channel,
      'deal',
      drawDeal(channel, draw, { name: `Deal ${index + 1}`, partner: draw.pick(partners), customers }),
    ),
  );
  times(3, (index) =>
    added(channel, 'credit', { deal: deals[index]!, partner: partners[5 - index]!, role: 'distributor' }),
  );
  times(3, (index) =>
    added(channel, 'lead', {
      name: `Lead ${index + 1}`,
      partner: draw.pick(partners),
      deliveredAt: new Date(channel.now() - 20 * dayMs).toISOString(),
      acceptedAt: new Date(channel.now() - 19 * dayMs).toISOString(),
    }),
  );
  times(2, (index) =>
    added(channel, 'registration', {
      company: `Company ${index + 4}`,
      partner: draw.pick(partners),
      state: 'submitted',
    }),
  );
  times(3, (index) =>
    added(channel, 'case', {
      subject: `Case ${index + 1}`,
      customer: customers[index]!,
      partner: partners[index]!,
      isClosed: false,
      satisfaction: '5',
    }),
  );
}

function added<K extends keyof Values>(channel: Channel, kind: K, values: Partial<Values[K]>): string {
  return idsOf(channel.add(kind, values))[0]!;
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

/** A partner with a type, a region and a phone number. */
export function drawPartner(channel: Channel, draw: Draw, name: string): Partial<Values['partner']> {
  return {
    name,
    type: draw.pick(['reseller', 'msp', 'integrator']),
    region: draw.pick(['EMEA', 'AMER', 'APAC']),
    startedOn: day(channel, -400),
    phone: `+46 ${draw.between(100, 999)}`,
    country: 'Sweden',
  };
}

/** A deal that is open, won or lost. */
export function drawDeal(
  channel: Channel,
  draw: Draw,
  as: { name: string; partner: string; customers: readonly string[] },
): Partial<Values['deal']> {
  return {
    name: as.name,
    customer: draw.pick(as.customers),
    partner: as.partner,
    state: draw.pick(['won', 'won', 'lost', 'open'] as const),
    closeOn: day(channel, draw.between(-300, 60)),
    amount: String(draw.between(20, 200) * 1000),
  };
}
