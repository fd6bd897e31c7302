import { createDraw, type Draw } from '../../connectors/simulation/random.ts';
import { type Channel, day, idsOf, type Kind, type Values } from '../services/channel/channel.ts';
import { drawDeal, drawPartner } from '../services/channel/fill.ts';
import type { Stage } from './kill-words.ts';

/** When a stage happens, and what people did in a CRM since the one before. */
export interface Prelude {
  /** ISO instant. */
  at: string;
  happen(people: People): void;
}

export const preludes: Record<Stage, Prelude> = {
  read: { at: '2026-03-02T11:00:00Z', happen: ({ number }) => number('Partner 1', 'Partner 4') },
  takeOver: { at: '2026-03-02T12:00:00Z', happen: () => undefined },
  change: { at: '2026-03-02T13:00:00Z', happen: liveOn },
  import: {
    at: '2026-03-03T13:00:00Z',
    happen: ({ edit, deals }) => edit('deal', deals[4]!, { amount: '1' }),
  },
  review: { at: '2026-04-01T13:00:00Z', happen: loseDeals },
  demote: { at: '2026-07-01T13:00:00Z', happen: comeBack },
  decide: {
    at: '2026-07-01T15:00:00Z',
    happen: ({ channel, edit, deals, gone }) => {
      edit('deal', deals[5]!, { amount: '7' });
      idsOf(channel.restore(gone.at(-1)!));
    },
  },
  reconcile: { at: '2026-07-02T15:00:00Z', happen: tidyUp },
};

/** The people of a CRM, and the ids of its records in the order of their names as a stage finds them. */
export class People {
  readonly channel: Channel;
  readonly draw: Draw;
  readonly partners: string[];
  readonly customers: string[];
  readonly deals: string[];
  readonly persons: string[];
  readonly certificates: string[];
  /** People that were deleted in this stage and those before, and may come back. */
  readonly gone: string[];

  constructor(channel: Channel, { seed, gone }: { seed: number; gone: string[] }) {
    this.channel = channel;
    this.gone = gone;
    this.draw = createDraw(seed);
    this.partners = this.#ids('partner', ({ name }) => name);
    this.customers = this.#ids('customer', ({ name }) => name);
    this.deals = this.#ids('deal', ({ name }) => name);
    this.persons = this.#ids('person', ({ name }) => name);
    this.certificates = this.#ids('certification', ({ id }) => id);
  }

  #ids<K extends Kind>(kind: K, nameOf: (row: { id: string } & Values[K]) => string | null): string[] {
    const named = this.channel.rows(kind).map((row) => ({ id: row.id, name: nameOf(row) ?? '' }));
    return named.sort((one, other) => inOrder(one.name, other.name)).map(({ id }) => id);
  }

  readonly edit = <K extends Kind>(kind: K, id: string, values: Partial<Values[K]>): void => {
    idsOf(this.channel.edit(kind, id, values));
  };

  /** Gives partners the numbers by which they are known elsewhere. */
  readonly number = (...names: string[]): void => {
    for (const { id, name } of this.channel.rows('partner')) {
      if (names.includes(name ?? '')) this.edit('partner', id, { number: `P-${name}` });
    }
  };
}

/** Deal 2 before Deal 10. */
const { compare: inOrder } = new Intl.Collator('en', { numeric: true });

/** A little of everything that a pass must cope with. */
function liveOn(people: People): void {
  const { channel, draw, edit, number, partners, customers, deals, persons, certificates } = people;
  const [winner, loser, leaver, edited, drifted] = partners as [string, string, string, string, string];
  edit('deal', deals[0]!, { state: 'won', amount: '650000', closeOn: day(channel, -1) });
  edit('deal', deals[1]!, { partner: edited });
  idsOf(channel.remove('deal', deals[2]!), channel.remove('deal', deals[3]!), channel.restore(deals[3]!));
  number('Partner 5', 'Partner 6');
  edit('partner', edited, { phone: '+46 555', region: 'APAC', name: 'Renamed' });
  idsOf(channel.setTier(drifted, 'Gold'), channel.leave(leaver));
  idsOf(channel.merge('partner', { winner, loser }));
  edit('person', persons[4]!, { partner: winner, phone: '+1 999' });
  idsOf(channel.remove('person', persons[5]!));
  const [newcomer] = idsOf(
    channel.add('partner', { ...drawPartner(channel, draw, 'Newcomer'), number: 'P-7' }),
  );
  idsOf(channel.add('deal', drawDeal(channel, draw, { name: 'First deal', partner: newcomer!, customers })));
  edit('certification', certificates[0]!, { expiresOn: day(channel, -1) });
}

/** The best partner loses what its tier stands on; a review falls due. */
function loseDeals({ channel, edit, deals, certificates }: People): void {
  edit('deal', deals[0]!, { state: 'lost', closeOn: day(channel, -1) });
  for (const id of certificates.slice(0, 4)) edit('certification', id, { status: 'revoked' });
  idsOf(channel.remove('certification', certificates[5]!));
}

/** A partner that left the program returns, and a person is deleted with its certificates until it is missed. */
function comeBack({ channel, persons, gone }: People): void {
  for (const { id, name } of channel.rows('customer')) {
    if (/^Partner \d/.test(name ?? '')) idsOf(channel.enter(id));
  }
  gone.push(...idsOf(channel.remove('person', persons[1]!)));
}

/** Nobody tells of it but a comparison of everything: the delete log was emptied meanwhile. */
function tidyUp({ channel, edit, partners, deals }: People): void {
  for (const id of [deals[6]!, deals[7]!]) idsOf(channel.remove('deal', id), channel.purge(id));
  edit('partner', partners[0]!, { phone: '+46 777', region: 'AMER' });
}
