import { createTelling } from './calendar.ts';
import { tellCases, tellCredits, tellDeals, tellLeads } from './deals.ts';
import { tellCertificates, tellCustomers, tellPartners, tellPeople } from './people.ts';
import type { Story } from './types.ts';

/** Levels of the company's partner program, the lowest first. */
export const storyLevels: readonly string[] = ['Registered', 'Silver', 'Gold'];

/**
 * A plausible channel business, the same for the same seed and the same day, all of it before `now` (epoch milliseconds).
 * The order of the draws is part of the story: another order is another company.
 */
export function tellStory(now: number, seed = 20): Story {
  const telling = createTelling(now, seed);
  const { day, created } = telling;
  const partners = tellPartners(telling);
  const customers = tellCustomers(telling);
  const people = tellPeople(telling, partners);
  const deals = tellDeals(telling, { partners, customers });
  const credits = tellCredits(telling, deals, partners);
  const leads = tellLeads(telling, { partners, customers });
  const certificates = tellCertificates(telling, people);
  const cases = tellCases(telling, { partners, customers });
  return {
    partners,
    customers,
    people,
    deals,
    credits,
    leads,
    certificates,
    cases,
    program: {
      ...created(day(-700), 0),
      name: 'Northwind Partner Program',
      levels: [...storyLevels],
      members: partners.slice(0, 10).map((_partner, index) => ({
        ...created(day(-300 + index), index),
        partner: index,
        level: index < 2 ? 2 : index < 5 ? 1 : 0,
      })),
    },
    portalPeople: [0, 1, 2],
  };
}
