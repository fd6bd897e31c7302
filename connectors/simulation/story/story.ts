import type { SampleName } from '../../../src/sync/connector-manifest.ts';
import { createTelling } from './calendar.ts';
import { casts } from './cast.ts';
import { tellCases, tellCredits, tellDeals, tellLeads } from './deals.ts';
import { tellCertificates, tellCustomers, tellPartners, tellPeople } from './people.ts';
import type { Story } from './types.ts';

/** Levels of the company's partner program, the lowest first. */
export const storyLevels: readonly string[] = ['Registered', 'Silver', 'Gold'];

/** Which story is told. */
export interface StoryOptions {
  /** (Default: whole) */
  sample?: SampleName | undefined;
  /** Of the draws. (Default: that of the cast) */
  seed?: number | undefined;
}

/**
 * A plausible channel business, the same for the same options and the same day, all of it before `now` (epoch
 * milliseconds). The order of the draws is part of the story: another order is another company.
 */
export function tellStory(now: number, { sample = 'whole', seed }: StoryOptions = {}): Story {
  const cast = casts[sample];
  const { rows } = cast;
  const telling = createTelling(now, seed ?? cast.seed);
  const { day, created } = telling;
  const partners = tellPartners(telling, cast);
  const customers = tellCustomers(telling, cast);
  const people = tellPeople(telling, partners, rows.people);
  const trade = (count: number) => ({ partners, customers, count });
  const deals = tellDeals(telling, trade(rows.deals), cast.newcomer);
  const credits = tellCredits(telling, deals, trade(rows.credited));
  const leads = tellLeads(telling, trade(rows.leads));
  const certificates = tellCertificates(telling, people, rows.certificates);
  const cases = tellCases(telling, trade(rows.cases));
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
      name: `${cast.company} Partner Program`,
      levels: [...storyLevels],
      members: partners.slice(0, rows.members).map((_partner, index) => ({
        ...created(day(-300 + index), index),
        partner: index,
        level: index < 2 ? 2 : index < 5 ? 1 : 0,
      })),
    },
    portalPeople: [0, 1, 2],
  };
}
