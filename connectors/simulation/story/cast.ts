import type { SampleName } from '../../../src/sync/connector-manifest.ts';
import {
  ACQUIRED_CUSTOMERS,
  ACQUIRED_PARTNERS,
  CUSTOMERS,
  PARTNERS,
  type PartnerName,
  slug,
} from './names.ts';
import type { StoryCustomer, StoryPartner } from './types.ts';

/** A partner before its story is told; the parent is named by its place. */
export interface CastPartner
  extends Omit<PartnerName, 'type'>,
    Pick<StoryPartner, 'type' | 'number' | 'website'> {
  parent: number | null;
}

/** Who plays in a telling of the story, and how much happens in it. */
export interface Cast {
  company: string;
  /** ISO code of its books. */
  currency: 'USD' | 'EUR';
  /** Of the draws. */
  seed: number;
  partners: readonly CastPartner[];
  customers: readonly Pick<StoryCustomer, 'name' | 'number'>[];
  /** Place of the partner that has sold nothing yet and is about to; null for none. */
  newcomer: number | null;
  /** How many rows of each kind there are; `credited` counts deals with parts, `members` partners in its own program. */
  rows: Readonly<
    Record<'people' | 'deals' | 'credited' | 'leads' | 'certificates' | 'cases' | 'members', number>
  >;
}

/** Numbers as a register of companies gives them: nine digits, the same whichever CRM they stand in. */
const registered = (place: number): string => String(215_400_113 + place * 1_009_731);
const partnerNumber = (place: number) => registered(place);
const customerNumber = (place: number) => registered(place + 100);

const websiteOf = (name: string): string => `https://www.${slug(name)}.example`;

/** Subsidiaries, by place: child to parent. */
const parents: Readonly<Record<number, number>> = { 13: 1, 19: 4 };

const partners: readonly CastPartner[] = PARTNERS.map((partner, place) => ({
  ...partner,
  number: partnerNumber(place),
  website: websiteOf(partner.name),
  parent: parents[place] ?? null,
}));

/** The last partner but one carries a type that no list knows, the last one none at all. */
const whole: Cast = {
  company: 'Northwind',
  currency: 'USD',
  seed: 20,
  partners: [
    ...partners.slice(0, -2),
    { ...partners.at(-2)!, type: 'Value Added Reseller' },
    { ...partners.at(-1)!, type: null },
  ],
  customers: CUSTOMERS.map((name, place) => ({ name, number: customerNumber(place) })),
  newcomer: null,
  rows: { people: 80, deals: 260, credited: 30, leads: 60, certificates: 70, cases: 40, members: 10 },
};

/** A partner of both companies, as the acquired one has written it down. */
const alsoOf = (place: number, there: Partial<CastPartner>): CastPartner => ({
  ...partners[place]!,
  parent: null,
  ...there,
});

/**
 * Seven partners of both companies have one number in both CRMs. Of two the number is another one or missing, so that
 * only the web domain or the name says that they may be the same. It kept no certificates.
 */
const acquired: Cast = {
  company: 'Southridge',
  currency: 'EUR',
  seed: 7,
  partners: [
    alsoOf(1, { name: 'Bluebird Systems Inc.' }),
    alsoOf(9, { name: 'Olivar Servicios S.L.' }),
    alsoOf(4, { name: 'Kestrel Networks Ltd' }),
    alsoOf(2, { name: 'Lindenhof Digital Süd GmbH', city: 'Ulm', number: registered(502) }),
    ...ACQUIRED_PARTNERS.map((partner, index) => ({
      ...partner,
      number: registered(600 + index),
      website: websiteOf(partner.name),
      parent: null,
    })),
    alsoOf(0, { name: 'Harbour & Pine' }),
    alsoOf(10, { name: 'Cedar & Stone LLC' }),
    alsoOf(5, {}),
    alsoOf(12, { name: 'Polder Data B.V.', number: null, website: null }),
    alsoOf(11, { name: 'Wattle Grove IT Pty Ltd' }),
  ],
  customers: [
    ...ACQUIRED_CUSTOMERS.map((name, index) => ({ name, number: registered(700 + index) })),
    ...[3, 17, 41, 58].map((place) => ({ name: CUSTOMERS[place]!, number: customerNumber(place) })),
  ],
  newcomer: 14,
  rows: { people: 30, deals: 80, credited: 9, leads: 16, certificates: 0, cases: 12, members: 0 },
};

/** The cast of each sample. */
export const casts: Readonly<Record<SampleName, Cast>> = { whole, acquired };
