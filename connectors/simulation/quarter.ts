const dayMs = 86_400_000;
const salesCycleMs = 63 * dayMs;
const amount = 640_000;

export interface OpenDeal {
  id: string;
  name: string;
  partner: string;
  amount: number;
  /** ISO code of the amount's currency. */
  currency: string;
  owner: string;
  /** Epoch milliseconds. */
  createdAt: number;
}

export interface ActiveCertificate {
  id: string;
  code: string;
  holder: string;
  partner: string;
}

export interface PartnerAccount {
  id: string;
  name: string;
  parent: string | undefined;
  /** As the CRM names it; undefined where it has none. */
  tier: string | undefined;
  owner: string;
}

/** A CRM as the people see who work in it. Lists are in the order of creation; lists of what the CRM lacks are empty. */
export interface SalesFloor {
  /** Epoch milliseconds. */
  now(): number;
  /** Open deals that have a partner. */
  openDeals(): OpenDeal[];
  /** Certificates that are valid on the day. */
  certificates(today: string): ActiveCertificate[];
  partners(): PartnerAccount[];
  /** Names of the tiers, the lowest first; none where partners have no such field. */
  tiers(): string[];
  /** The name of a row, also of one whose kind nobody says. */
  nameOf(id: string): string;
  win(deal: OpenDeal, how: { on: string; amount: number; createdAt: number }): void;
  expire(certificate: ActiveCertificate, on: string): void;
  merge(winner: string, loser: PartnerAccount): void;
  setTier(partner: PartnerAccount, tier: string): void;
}

/** Something that people do: one sentence about it, or undefined when the CRM has nothing to do it with. */
type Happening = (floor: SalesFloor) => string | undefined;

/** A quarter in the life of a sales team, and each of its happenings alone for CRMs that share one. */
const scenes: Readonly<Record<string, readonly Happening[]>> = {
  quarter: [winDeal, expireCertificate, mergePartners, editTier],
  'won deal': [winDeal],
  'expired certificate': [expireCertificate],
  merger: [mergePartners],
  'edited tier': [editTier],
};

/** Lets people act as a sales team would; one sentence per happening. Throws for an unknown scene. */
export function playScene(floor: SalesFloor, scene: string): string[] {
  const happenings = Object.hasOwn(scenes, scene) ? scenes[scene] : undefined;
  if (happenings === undefined) {
    throw new RangeError(`There is no scene "${scene}"; there are: ${Object.keys(scenes).join(', ')}`);
  }
  return happenings.flatMap((happening) => happening(floor) ?? []);
}

function day(floor: SalesFloor, offset: number): string {
  return new Date(floor.now() + offset * dayMs).toISOString().slice(0, 10);
}

/** The people of a partner who hold a certificate that is valid today. */
function certifiedPeople(floor: SalesFloor, partner: string): number {
  const own = floor.certificates(day(floor, 0)).filter((each) => each.partner === partner);
  return new Set(own.map((each) => each.holder)).size;
}

/** The partners that have a tier, and not the lowest one. */
function aboveLowest(floor: SalesFloor): Set<string> {
  const lowest = floor.tiers()[0];
  const above = floor.partners().filter(({ tier }) => tier !== undefined && tier !== lowest);
  return new Set(above.map(({ id }) => id));
}

/** Won yesterday by a partner that has the people already: the kind of deal that moves a tier. */
function winDeal(floor: SalesFloor): string | undefined {
  const above = aboveLowest(floor);
  const ranks = new Map<string, number>();
  const rank = ({ partner }: OpenDeal): number => {
    const known = ranks.get(partner);
    if (known !== undefined) return known;
    const made = certifiedPeople(floor, partner) + (above.has(partner) ? 0 : 1_000);
    ranks.set(partner, made);
    return made;
  };
  const [deal] = floor
    .openDeals()
    .sort((left, right) => rank(right) - rank(left) || right.amount - left.amount);
  if (deal === undefined) return undefined;
  // Young open deals of the sample all date from its last day; nobody sells this much in one.
  const createdAt = Math.min(deal.createdAt, floor.now() - salesCycleMs);
  floor.win(deal, { on: day(floor, -1), amount, createdAt });
  return `${deal.owner} won "${deal.name}" (${deal.currency} ${amount.toLocaleString('en-US')}) with ${floor.nameOf(deal.partner)}.`;
}

/** The only certificate of somebody at a partner that has a tier to lose and few certified people. */
function expireCertificate(floor: SalesFloor): string | undefined {
  const active = floor.certificates(day(floor, 0));
  const above = aboveLowest(floor);
  const isOnly = ({ holder }: ActiveCertificate) =>
    active.filter((other) => other.holder === holder).length === 1;
  const rank = (each: ActiveCertificate) =>
    (above.has(each.partner) ? 0 : 1_000) + certifiedPeople(floor, each.partner) + (isOnly(each) ? 0 : 100);
  const [certificate] = active
    .map((each) => ({ each, rank: rank(each) }))
    .sort((left, right) => left.rank - right.rank);
  if (certificate === undefined) return undefined;
  const { each } = certificate;
  floor.expire(each, day(floor, -1));
  return `The certificate ${each.code} of ${floor.nameOf(each.holder)} at ${floor.nameOf(each.partner)} ran out yesterday.`;
}

/** Two companies with one parent between them became one: the subsidiary goes into its parent. */
function mergePartners(floor: SalesFloor): string | undefined {
  const all = floor.partners();
  const loser = all.find(({ parent }) => all.some(({ id }) => id === parent)) ?? all.at(-3);
  const winner = loser?.parent ?? all.find(({ id }) => id !== loser?.id)?.id;
  if (loser === undefined || winner === undefined) return undefined;
  const sentence = `${loser.name} was merged into ${floor.nameOf(winner)}.`;
  floor.merge(winner, loser);
  return sentence;
}

/** A tier that the program owns, raised by hand to the highest, for a partner that is nearest to it. */
function editTier(floor: SalesFloor): string | undefined {
  const tiers = floor.tiers();
  const best = tiers.at(-1);
  const rank = ({ tier }: PartnerAccount) => (tier === undefined ? -1 : tiers.indexOf(tier));
  const others = floor.partners().filter(({ tier }) => tier !== best);
  const [partner] = others.sort((left, right) => rank(right) - rank(left));
  if (partner === undefined || best === undefined) return undefined;
  floor.setTier(partner, best);
  return `${partner.owner} set the tier of ${partner.name} to ${best} by hand.`;
}
