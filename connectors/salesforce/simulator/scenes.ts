import type { Org } from './org.ts';
import type { Row } from './types.ts';

const DAY_MS = 86_400_000;

/** Something that people do in the org: one sentence about it, or undefined when the org has nothing to do it with. */
type Happening = (org: Org) => string | undefined;

const scenes: Readonly<Record<string, readonly Happening[]>> = {
  quarter: [winDeal, expireCertificate, mergePartners, editTier],
};

/** Lets people act in the org as a sales team would; one sentence per happening. Throws for an unknown scene. */
export function playScene(org: Org, scene: string): string[] {
  const happenings = scenes[scene];
  if (happenings === undefined) {
    throw new RangeError(`There is no scene "${scene}"; there are: ${Object.keys(scenes).join(', ')}`);
  }
  return happenings.flatMap((happening) => happening(org) ?? []);
}

function has(org: Org, objectName: string, field: string): boolean {
  const object = org.schema.object(objectName);
  return object !== undefined && org.schema.field(object, field) !== undefined;
}

function live(org: Org, object: string, isWanted: (row: Row) => boolean): Row[] {
  if (org.schema.object(object) === undefined) return [];
  return [...org.rows(object)]
    .filter((row) => row.IsDeleted !== true && isWanted(row))
    .sort((left, right) => (String(left.Id) < String(right.Id) ? -1 : 1));
}

function nameOf(org: Org, id: unknown): string {
  return String(org.find(String(id))?.row.Name ?? 'somebody');
}

function day(org: Org, offset: number): string {
  return new Date(org.now() + offset * DAY_MS).toISOString().slice(0, 10);
}

/** Throws when the org refuses: a scene must happen as it is told. */
function edit(org: Org, row: Row, values: Record<string, unknown>): void {
  const object = org.find(String(row.Id))?.object.name ?? '';
  const [result] = org.update(object, [{ Id: row.Id, ...values }]);
  if (result?.success !== true)
    throw new Error(`The scene could not edit ${object}: ${result?.errors[0]?.message}`);
}

/** Accounts that take part as partners. */
function partners(org: Org): Row[] {
  const type = live(
    org,
    'RecordType',
    (row) => row.SobjectType === 'Account' && row.DeveloperName === 'Partner',
  )[0];
  return live(org, 'Account', (row) =>
    type === undefined ? row.IsPartner === true : row.RecordTypeId === type.Id,
  );
}

const salesCycleMs = 63 * DAY_MS;

/** Won yesterday by a partner that has the people already: the kind of deal that moves a tier. */
function winDeal(org: Org): string | undefined {
  if (!has(org, 'Opportunity', 'Partner__c')) return undefined;
  const open = live(org, 'Opportunity', (row) => row.IsClosed !== true && typeof row.Partner__c === 'string');
  const rank = (row: Row) => {
    const certified = certifiedPeople(org, row.Partner__c).length;
    return certified + (isAboveLowest(org, row.Partner__c) ? 0 : 1_000);
  };
  const [deal] = open.sort(
    (left, right) => rank(right) - rank(left) || Number(right.Amount ?? 0) - Number(left.Amount ?? 0),
  );
  if (deal === undefined) return undefined;
  // Young open deals of the sample all date from its last day; nobody sells this much in one.
  const createdBy = org.now() - salesCycleMs;
  if (Number(deal.CreatedDate) > createdBy) org.setSystemFields(String(deal.Id), { CreatedDate: createdBy });
  edit(org, deal, { StageName: 'Closed Won', CloseDate: day(org, -1), Amount: 640_000 });
  return `${nameOf(org, deal.OwnerId)} won "${String(deal.Name)}" (640,000) with ${nameOf(org, deal.Partner__c)}.`;
}

/** The only certificate of somebody at a partner that has a tier to lose and few certified people. */
function expireCertificate(org: Org): string | undefined {
  const active = activeCertificates(org);
  const isOnly = (row: Row) => active.filter((other) => other.Contact__c === row.Contact__c).length === 1;
  const rank = (row: Row) => {
    const partner = partnerOf(org, row);
    return (
      (isAboveLowest(org, partner) ? 0 : 1_000) +
      certifiedPeople(org, partner).length +
      (isOnly(row) ? 0 : 100)
    );
  };
  const [certificate] = active.sort((left, right) => rank(left) - rank(right));
  if (certificate === undefined) return undefined;
  edit(org, certificate, { Expires_On__c: day(org, -1), Status__c: 'expired' });
  const holder = nameOf(org, certificate.Contact__c);
  return `The certificate ${String(certificate.Code__c)} of ${holder} at ${nameOf(org, partnerOf(org, certificate))} ran out yesterday.`;
}

function activeCertificates(org: Org): Row[] {
  const today = day(org, 0);
  return live(
    org,
    'Partner_Certification__c',
    (row) => row.Status__c === 'active' && String(row.Expires_On__c ?? '') >= today,
  );
}

function partnerOf(org: Org, certificate: Row): unknown {
  return certificate.Account__c ?? org.find(String(certificate.Contact__c))?.row.AccountId;
}

/** The people of a partner who hold a certificate that is valid today. */
function certifiedPeople(org: Org, partner: unknown): unknown[] {
  const own = activeCertificates(org).filter((row) => partnerOf(org, row) === partner);
  return [...new Set(own.map((row) => row.Contact__c))];
}

/** Whether the account has a tier, and not the lowest one. */
function isAboveLowest(org: Org, account: unknown): boolean {
  const lowest = tierNames(org)[0];
  const tier = org.find(String(account))?.row.Partner_Tier__c;
  return typeof tier === 'string' && tier !== lowest;
}

/** Names of the tiers, the lowest first; none where the org has no such field. */
function tierNames(org: Org): string[] {
  const account = org.schema.object('Account');
  const field = account === undefined ? undefined : org.schema.field(account, 'Partner_Tier__c');
  return (field?.picklistValues ?? []).map((entry) => entry.value);
}

/** Two companies with one parent between them became one: the subsidiary goes into its parent. */
function mergePartners(org: Org): string | undefined {
  const all = partners(org);
  const loser = all.find((row) => all.some((other) => other.Id === row.ParentId)) ?? all.at(-3);
  const winnerId = loser?.ParentId ?? all.find((row) => row.Id !== loser?.Id)?.Id;
  if (loser === undefined || winnerId === undefined || winnerId === null) return undefined;
  const sentence = `${String(loser.Name)} was merged into ${nameOf(org, winnerId)}.`;
  const result = org.merge('Account', { masterId: String(winnerId), loserIds: [String(loser.Id)] });
  if (!result.success) throw new Error(`The scene could not merge: ${result.errors[0]?.message}`);
  return sentence;
}

/** A tier that the program owns, raised by hand to the highest, for a partner that is nearest to it. */
function editTier(org: Org): string | undefined {
  const tiers = tierNames(org);
  const best = tiers.at(-1);
  const rank = (row: Row) => tiers.indexOf(String(row.Partner_Tier__c));
  const others = partners(org).filter((row) => row.Partner_Tier__c !== best);
  const [partner] = others.sort((left, right) => rank(right) - rank(left));
  if (partner === undefined || best === undefined) return undefined;
  edit(org, partner, { Partner_Tier__c: best });
  return `${nameOf(org, partner.OwnerId)} set the tier of ${String(partner.Name)} to ${best} by hand.`;
}
