import { playScene as play, type SalesFloor } from '../../simulation/quarter.ts';
import type { Org } from './org.ts';
import type { Row } from './types.ts';

/** Lets people act in the org as a sales team would; one sentence per happening. Throws for an unknown scene. */
export function playScene(org: Org, scene: string): string[] {
  return play(salesFloor(org), scene);
}

function has(org: Org, objectName: string, field: string): boolean {
  const object = org.schema.object(objectName);
  return object !== undefined && org.schema.field(object, field) !== undefined;
}

/** Live rows in the order of their ids, which is that of their creation. */
function live(org: Org, object: string, isWanted: (row: Row) => boolean): Row[] {
  if (org.schema.object(object) === undefined) return [];
  return [...org.rows(object)]
    .filter((row) => row.IsDeleted !== true && isWanted(row))
    .sort((left, right) => (String(left.Id) < String(right.Id) ? -1 : 1));
}

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

/** Throws when the org refuses: a scene must happen as it is told. */
function edit(org: Org, id: string, values: Record<string, unknown>): void {
  const object = org.find(id)?.object.name ?? '';
  const [result] = org.update(object, [{ Id: id, ...values }]);
  if (result?.success !== true)
    throw new Error(`The scene could not edit ${object}: ${result?.errors[0]?.message}`);
}

/** Accounts that take part as partners. */
function partnerRows(org: Org): Row[] {
  const type = live(
    org,
    'RecordType',
    (row) => row.SobjectType === 'Account' && row.DeveloperName === 'Partner',
  )[0];
  return live(org, 'Account', (row) =>
    type === undefined ? row.IsPartner === true : row.RecordTypeId === type.Id,
  );
}

/** Names of the tiers, the lowest first; none where the org has no such field. */
function tierNames(org: Org): string[] {
  const account = org.schema.object('Account');
  const field = account === undefined ? undefined : org.schema.field(account, 'Partner_Tier__c');
  return (field?.picklistValues ?? []).map((entry) => entry.value);
}

function salesFloor(org: Org): SalesFloor {
  const currency = String(org.rowById('Organization', org.id)?.DefaultCurrencyIsoCode);
  const nameOf = (id: unknown): string => String(org.find(String(id))?.row.Name ?? 'somebody');
  return {
    now: () => org.now(),
    nameOf,
    openDeals: () => {
      if (!has(org, 'Opportunity', 'Partner__c')) return [];
      const open = live(
        org,
        'Opportunity',
        (row) => row.IsClosed !== true && typeof row.Partner__c === 'string',
      );
      return open.map((row) => ({
        id: String(row.Id),
        name: String(row.Name),
        partner: String(row.Partner__c),
        amount: Number(row.Amount ?? 0),
        currency,
        owner: nameOf(row.OwnerId),
        createdAt: Number(row.CreatedDate),
      }));
    },
    certificates: (today) =>
      live(
        org,
        'Partner_Certification__c',
        (row) => row.Status__c === 'active' && String(row.Expires_On__c ?? '') >= today,
      ).map((row) => ({
        id: String(row.Id),
        code: String(row.Code__c),
        holder: String(row.Contact__c),
        partner: String(row.Account__c ?? org.find(String(row.Contact__c))?.row.AccountId),
      })),
    partners: () =>
      partnerRows(org).map((row) => ({
        id: String(row.Id),
        name: String(row.Name),
        parent: textOf(row.ParentId),
        tier: textOf(row.Partner_Tier__c),
        owner: nameOf(row.OwnerId),
      })),
    tiers: () => tierNames(org),
    win: ({ id, createdAt: before }, { on, amount, createdAt }) => {
      if (createdAt !== before) org.setSystemFields(id, { CreatedDate: createdAt });
      edit(org, id, { StageName: 'Closed Won', CloseDate: on, Amount: amount });
    },
    expire: ({ id }, on) => edit(org, id, { Expires_On__c: on, Status__c: 'expired' }),
    merge: (masterId, { id }) => {
      const result = org.merge('Account', { masterId, loserIds: [id] });
      if (!result.success) throw new Error(`The scene could not merge: ${result.errors[0]?.message}`);
    },
    setTier: ({ id }, tier) => edit(org, id, { Partner_Tier__c: tier }),
  };
}
