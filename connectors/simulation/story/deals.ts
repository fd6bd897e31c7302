import type { Telling } from './calendar.ts';
import { CASE_SUBJECTS, FIRST_NAMES, LAST_NAMES } from './names.ts';
import type {
  CreditRole,
  OpenStep,
  StoryCase,
  StoryCredit,
  StoryCustomer,
  StoryDeal,
  StoryLead,
  StoryPartner,
} from './types.ts';

const openSteps: readonly OpenStep[] = ['prospect', 'qualify', 'analyse', 'propose', 'quote', 'negotiate'];
const products = ['Platform', 'Analytics', 'Support Plus', 'Migration', 'Renewal'];
const roles: readonly CreditRole[] = ['reseller', 'integrator', 'distributor', 'consultant'];

/** Who trades with whom, and how many rows of a kind they make. */
export interface Trade {
  partners: readonly StoryPartner[];
  customers: readonly StoryCustomer[];
  count: number;
}

const placesOf = (list: readonly unknown[]): number[] => list.map((_each, index) => index);

/** When a deal closes and how it stands: won and lost in the past, open ones mostly ahead. */
function outcome({ draw }: Telling): { state: StoryDeal['state']; closeOffset: number } {
  const luck = draw.unit();
  if (luck < 0.38) return { state: 'won', closeOffset: -draw.between(3, 720) };
  if (luck < 0.62) return { state: 'lost', closeOffset: -draw.between(3, 720) };
  return { state: draw.pick(openSteps), closeOffset: draw.between(-20, 180) };
}

/**
 * Deals. Every sixteenth won one lacks its partner, as in real life.
 * @param newcomer place of a partner that has sold nothing yet and is about to win the largest open deal; null for none
 */
export function tellDeals(telling: Telling, trade: Trade, newcomer: number | null): StoryDeal[] {
  const { draw, day, instant, created } = telling;
  const { partners, customers, count } = trade;
  const sellers = placesOf(partners).filter((place) => place !== newcomer);
  const customerPlaces = placesOf(customers);
  let won = 0;
  const deals = Array.from({ length: count }, (_, index): StoryDeal => {
    const { state, closeOffset } = outcome(telling);
    if (state === 'won') won += 1;
    const isForgotten = state === 'won' && won % 16 === 0;
    const isDirect = !isForgotten && draw.chance(0.18);
    const customer = draw.pick(customerPlaces);
    const opened = Math.min(closeOffset - draw.between(20, 150), -1);
    const isClosed = state === 'won' || state === 'lost';
    return {
      ...created(day(opened), index),
      name: `${customers[customer]?.name ?? ''} - ${draw.pick(products)} ${index + 1}`,
      customer,
      state,
      changedAt: instant(day(isClosed ? closeOffset : Math.min(-1, opened + 15)), 600 + index),
      closeOn: day(closeOffset),
      amount: draw.between(40, 1800) * 100,
      customerIs: draw.pick(['new', 'known']),
      source: draw.chance(0.6) && !isDirect ? 'partner' : draw.pick(['web', 'phone']),
      partner: isDirect || isForgotten ? null : draw.pickSkewed(sellers),
    };
  });
  return newcomer === null ? deals : withFirstDeal(deals, newcomer);
}

/** The largest open deal goes to the newcomer. */
function withFirstDeal(deals: readonly StoryDeal[], newcomer: number): StoryDeal[] {
  const open = deals.filter(({ state }) => state !== 'won' && state !== 'lost');
  const largest = open.reduce((best, each) => (each.amount > best.amount ? each : best));
  return deals.map((deal) => (deal === largest ? { ...deal, partner: newcomer } : deal));
}

/** Parts in deals: the credited partner as primary, in every third deal a second one beside it. */
export function tellCredits(
  { draw, day, created }: Telling,
  deals: readonly StoryDeal[],
  { partners, count }: Pick<Trade, 'partners' | 'count'>,
): StoryCredit[] {
  const credited = deals.flatMap(({ partner }, deal) => (partner === null ? [] : [{ deal, partner }]));
  return credited.slice(0, count).flatMap(({ deal, partner }, index): StoryCredit[] => {
    const stamps = created(day(-draw.between(1, 30)), index);
    const first: StoryCredit = { ...stamps, deal, partner, role: draw.pick(roles), isPrimary: true };
    if (index % 3 !== 0) return [first];
    const other = draw.pick(placesOf(partners).filter((each) => each !== partner));
    return [first, { ...stamps, deal, partner: other, role: draw.pick(roles), isPrimary: false }];
  });
}

/** Leads; most went to a partner, some of those were accepted, every eighth is a deal registration. */
export function tellLeads(telling: Telling, { partners, customers, count }: Trade): StoryLead[] {
  const { draw, now, day, instant, created } = telling;
  const states: readonly StoryLead['state'][] = ['new', 'contacted', 'converted', 'lost'];
  const [partnerPlaces, customerPlaces] = [placesOf(partners), placesOf(customers)];
  return Array.from({ length: count }, (_, index): StoryLead => {
    const isRegistration = index % 8 === 0;
    const age = draw.between(5, 360);
    const state = isRegistration ? draw.pick(states.slice(0, 2)) : draw.pick(states);
    const partner = isRegistration || draw.chance(0.75) ? draw.pickSkewed(partnerPlaces) : null;
    const deliveredAt = partner === null ? null : instant(day(-age), 9 * 60 + index);
    const acceptedAt =
      deliveredAt !== null && draw.chance(0.8) ? deliveredAt + draw.between(1, 96) * 3_600_000 : null;
    const firstName = FIRST_NAMES[(index * 3) % FIRST_NAMES.length] ?? 'Ann';
    const lastName = LAST_NAMES[(index * 5) % LAST_NAMES.length] ?? 'Other';
    return {
      ...created(day(-age), index),
      firstName,
      lastName,
      company: `${lastName} ${draw.pick(['Bakery', 'Motors', 'Studios', 'Works', 'Schools'])}`,
      email: `${firstName}.${lastName}.${index}@lead.example`.toLowerCase(),
      state,
      source: isRegistration ? 'partner' : draw.pick(['web', 'phone', 'partner']),
      isRegistration,
      partner,
      deliveredAt,
      acceptedAt: acceptedAt !== null && acceptedAt < now ? acceptedAt : null,
      converted:
        state === 'converted' ? { on: day(-draw.between(1, 60)), customer: draw.pick(customerPlaces) } : null,
    };
  });
}

/** Cases of customers, most with the partner that sold to them and, once closed, a mark from 1 to 5. */
export function tellCases(telling: Telling, { partners, customers, count }: Trade): StoryCase[] {
  const { draw, day, instant, created } = telling;
  const [partnerPlaces, customerPlaces] = [placesOf(partners), placesOf(customers)];
  return Array.from({ length: count }, (_, index): StoryCase => {
    const age = draw.between(2, 300);
    const isClosed = draw.chance(0.7);
    return {
      ...created(day(-age), index),
      subject: draw.pick(CASE_SUBJECTS),
      customer: draw.pick(customerPlaces),
      origin: draw.pick(['phone', 'email', 'web']),
      priority: draw.pick(['high', 'medium', 'low']),
      closedAt: isClosed ? instant(day(Math.min(-1, 9 - age)), 900 + index) : null,
      state: isClosed ? 'closed' : draw.pick(['new', 'working', 'escalated']),
      partner: draw.chance(0.85) ? draw.pickSkewed(partnerPlaces) : null,
      satisfaction: isClosed && draw.chance(0.8) ? draw.between(2, 5) : null,
    };
  });
}
