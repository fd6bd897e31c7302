import { type Channel, day, type Kind, type Row, told, type Values } from '../services/channel/channel.ts';
import type { Deed, People } from './convergence-steps.ts';

/** One of what is there; numbers go round. */
export function at<T>(items: readonly T[], index: number): T | undefined {
  return items.length === 0 ? undefined : items[index % items.length];
}

interface Choice {
  which: number;
  other: number;
}

/** Does what people do with records that only the CRM owns: they sell, share deals, certify, accept leads, close cases. */
export function trade(channel: Channel, step: Extract<People, { kind: 'trade' }>): string {
  return deedsDone[step.deed](channel, step);
}

const deedsDone: Record<Deed, (channel: Channel, choice: Choice) => string> = {
  stage: edit('deal', (channel, { other }) => ({
    state: at(['won', 'lost', 'open'] as const, other)!,
    closeOn: day(channel, -other),
  })),
  amount: edit('deal', (_, { other }) => ({ amount: at([null, '0', '0.1', '12345.67', '90000'], other)! })),
  // Today, at the edge of the twelve months of a window, and within or outside of it.
  closeDate: edit('deal', (channel, { other }) => ({
    closeOn: day(channel, at([0, -364, -366, -30, 45], other)!),
  })),
  seller: edit('deal', (channel, { other }) => ({ partner: idOf(channel, 'partner', other) })),
  buyer: edit('deal', (channel, { other }) => ({ customer: idOf(channel, 'customer', other) })),
  credit: (channel, { which, other }) => {
    const deal = idOf(channel, 'deal', which);
    const partner = idOf(channel, 'partner', other);
    if (deal === null || partner === null) return 'nobody';
    const role = at(['distributor', 'influenced', 'Advertiser'], other)!;
    return told(channel.add('credit', { deal, partner, role }));
  },
  uncredit: (channel, { which }) => {
    const id = idOf(channel, 'credit', which);
    return id === null ? 'nothing' : told(channel.remove('credit', id));
  },
  register: edit('registration', (channel, { other }) => ({
    partner: idOf(channel, 'partner', other),
    state: at(['approved', 'declined'] as const, other)!,
  })),
  expire: edit('certification', (channel, { other }) => ({ expiresOn: day(channel, 1 - other) })),
  revoke: edit('certification', (_, { other }) => ({ status: at(['revoked', 'active'] as const, other)! })),
  certify: (channel, { which, other }) => {
    const holder = at(channel.rows('person'), which);
    if (holder === undefined) return 'nobody';
    return told(
      channel.add('certification', {
        person: holder.id,
        partner: holder.partner,
        code: `T-${(other % 3) + 1}`,
        issuedOn: day(channel, -other),
        expiresOn: day(channel, 400),
        status: 'active',
      }),
    );
  },
  holder: edit('certification', (channel, { other }) => ({ person: idOf(channel, 'person', other) })),
  accept: edit('lead', (channel, { other }) => ({
    acceptedAt: other % 2 === 0 ? null : new Date(channel.now() - other * 3_600_000).toISOString(),
  })),
  // Without a partner it is no longer one that was given to a partner.
  reassign: edit('lead', (channel, { other }) => ({
    partner: other % 4 === 0 ? null : idOf(channel, 'partner', other),
  })),
  close: edit('case', (_, { other }) => ({ isClosed: other % 2 === 0 })),
};

function edit<K extends Kind>(kind: K, change: (channel: Channel, choice: Choice) => Partial<Values[K]>) {
  return (channel: Channel, choice: Choice): string => {
    const row: Row<K> | undefined = at(channel.rows(kind), choice.which);
    return row === undefined ? 'nothing' : told(channel.edit(kind, row.id, change(channel, choice)));
  };
}

function idOf(channel: Channel, kind: Kind, index: number): string | null {
  return at(channel.rows(kind), index)?.id ?? null;
}
