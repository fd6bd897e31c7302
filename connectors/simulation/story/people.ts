import type { Telling } from './calendar.ts';
import { CERTIFICATIONS, CUSTOMERS, FIRST_NAMES, INDUSTRIES, LAST_NAMES, PARTNERS, TITLES } from './names.ts';
import type { StoryCertificate, StoryCustomer, StoryPartner, StoryPerson } from './types.ts';

const slug = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z]+/g, '-')
    .replace(/^-|-$/g, '');

/** Subsidiaries, by place: child to parent. */
const parents: Readonly<Record<number, number>> = { 13: 1, 19: 4 };

/** Twenty-four partners. The last but one carries a type that the list does not know, the last one none at all. */
export function tellPartners({ draw, day, instant, created }: Telling): StoryPartner[] {
  const partners = PARTNERS.map((partner, index): StoryPartner => {
    const startedOn = day(-draw.between(90, 2200));
    const parent = parents[index];
    return {
      ...created(startedOn, index),
      ...partner,
      website: `https://www.${slug(partner.name)}.example`,
      startedOn,
      parent: parent === undefined ? null : { partner: parent, enteredAt: instant(day(-80), 600 + index) },
    };
  });
  Object.assign(partners.at(-2) ?? {}, { type: 'Value Added Reseller' });
  Object.assign(partners.at(-1) ?? {}, { type: null });
  return partners;
}

/** Sixty customers. */
export function tellCustomers({ draw, day, created }: Telling): StoryCustomer[] {
  return CUSTOMERS.map((name, index) => ({
    ...created(day(-draw.between(200, 1500)), index),
    name,
    industry: draw.pick(INDUSTRIES),
    country: draw.pick(['United States', 'United Kingdom', 'Germany', 'France', 'Japan']),
    revenue: draw.between(2, 400) * 1_000_000,
    employees: draw.between(20, 5000),
  }));
}

/** Eighty people at partners, more of them at the first ones. */
export function tellPeople(
  { draw, day, created }: Telling,
  partners: readonly StoryPartner[],
): StoryPerson[] {
  const places = partners.map((_partner, index) => index);
  const employers = Array.from({ length: 80 }, (_, index) => places[index] ?? draw.pickSkewed(places));
  return employers.map((partner, index) => {
    const firstName = FIRST_NAMES[index % FIRST_NAMES.length] ?? 'Ann';
    const lastName = LAST_NAMES[(index * 7) % LAST_NAMES.length] ?? 'Other';
    const company = partners[partner]?.name ?? 'partner';
    return {
      ...created(day(-draw.between(60, 900)), index),
      firstName,
      lastName,
      partner,
      title: draw.pick(TITLES),
      email: `${firstName}.${lastName}@${slug(company)}.example`.toLowerCase(),
      country: partners[partner]?.country ?? '',
    };
  });
}

/** Seventy certificates: most in force, some run out soon, some have run out. */
export function tellCertificates(
  { draw, day, created }: Telling,
  people: readonly StoryPerson[],
): StoryCertificate[] {
  const places = people.map((_person, index) => index);
  return Array.from({ length: 70 }, (_, index) => {
    const person = draw.pickSkewed(places);
    const [code, months] = draw.pick(CERTIFICATIONS);
    const age = draw.between(10, 30 * (months + 4));
    const expiresOn = day(months * 30 - age);
    return {
      ...created(day(-age), index),
      person,
      partner: people[person]?.partner ?? 0,
      code,
      issuedOn: day(-age),
      expiresOn,
      state: expiresOn < day(0) ? 'expired' : 'active',
      externalId: `cert-${String(index + 1).padStart(4, '0')}`,
    };
  });
}
