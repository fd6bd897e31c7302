import type { Telling } from './calendar.ts';
import type { Cast } from './cast.ts';
import { CERTIFICATIONS, FIRST_NAMES, INDUSTRIES, LAST_NAMES, slug, TITLES } from './names.ts';
import type { StoryCertificate, StoryCustomer, StoryPartner, StoryPerson } from './types.ts';

/** The partners of a cast, with the day on which each began. */
export function tellPartners({ draw, day, instant, created }: Telling, { partners }: Cast): StoryPartner[] {
  return partners.map(({ parent, ...partner }, index): StoryPartner => {
    const startedOn = day(-draw.between(90, 2200));
    return {
      ...created(startedOn, index),
      ...partner,
      startedOn,
      parent: parent === null ? null : { partner: parent, enteredAt: instant(day(-80), 600 + index) },
    };
  });
}

export function tellCustomers({ draw, day, created }: Telling, { customers }: Cast): StoryCustomer[] {
  return customers.map((customer, index) => ({
    ...created(day(-draw.between(200, 1500)), index),
    ...customer,
    industry: draw.pick(INDUSTRIES),
    country: draw.pick(['United States', 'United Kingdom', 'Germany', 'France', 'Japan']),
    revenue: draw.between(2, 400) * 1_000_000,
    employees: draw.between(20, 5000),
  }));
}

/** People at partners, at least one at each while there are enough, more of them at the first ones. */
export function tellPeople(
  { draw, day, created }: Telling,
  partners: readonly StoryPartner[],
  count: number,
): StoryPerson[] {
  const places = partners.map((_partner, index) => index);
  const employers = Array.from({ length: count }, (_, index) => places[index] ?? draw.pickSkewed(places));
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

/** Certificates: most in force, some run out soon, some have run out. */
export function tellCertificates(
  { draw, day, created }: Telling,
  people: readonly StoryPerson[],
  count: number,
): StoryCertificate[] {
  const places = people.map((_person, index) => index);
  return Array.from({ length: count }, (_, index) => {
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
