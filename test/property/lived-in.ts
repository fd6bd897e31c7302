import type { CrmValue } from '../../src/sync/connector.ts';
import { planMapping } from '../../src/sync/mapping/plan.ts';
import { FakeCrm } from '../services/fake-crm.ts';
import { fc } from '../services/fast-check.ts';
import type { PullHouse } from '../sync/pull-house.ts';
import { mappings } from './lived-in-mappings.ts';

/** A small org in which every reference of the program model is used, and what people do in it. */

export const objects = ['Account', 'Contact', 'Deal', 'DealPartner', 'Lead', 'Cert', 'Case'] as const;
type ObjectName = (typeof objects)[number];

/** Lookups of each object: where they lead, for records that are merged. */
const lookups: Record<ObjectName, readonly string[]> = {
  Account: ['Parent'],
  Contact: ['Account'],
  Deal: ['Customer', 'Partner'],
  DealPartner: ['Deal', 'Account'],
  Lead: ['Account', 'Deal'],
  Cert: ['Contact', 'Account'],
  Case: ['Customer', 'Account'],
};

/** An org without records. */
export function makeOrg(): FakeCrm {
  const crm = new FakeCrm();
  for (const object of objects) {
    crm.define(object, {
      Name: 'text',
      Type: 'choice',
      Kind: 'choice',
      Country: 'text',
      Email: 'text',
      Share: 'percent',
      Amount: 'money',
      Won: 'boolean',
      Day: 'date',
      Started: 'date',
      At: 'instant',
      Parent: ['Account'],
      Account: ['Account'],
      Partner: ['Account'],
      Customer: ['Account'],
      Deal: ['Deal'],
      Contact: ['Contact'],
    });
  }
  crm.pageSize = 3;
  return crm;
}

const blank = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 6 });
const partner = fc.constantFrom('A1', 'A2', 'A3', 'A4');
const customer = fc.constantFrom('C1', 'C2', 'C3');
/** A few lookups lead where nobody is who belongs there. */
const mostly = (usual: fc.Arbitrary<string>, other: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 9, arbitrary: usual }, { weight: 1, arbitrary: other });
const day = fc.integer({ min: -420, max: 200 }).map((days) => dayAfter('2026-03-01', days));
const idsOf: Record<ObjectName, readonly string[]> = {
  Account: ['A1', 'A2', 'A3', 'A4', 'C1', 'C2', 'C3'],
  Contact: ['K1', 'K2', 'K3', 'K4'],
  Deal: ['D1', 'D2', 'D3', 'D4'],
  DealPartner: ['P1', 'P2', 'P3', 'P4'],
  Lead: ['L1', 'L2', 'L3'],
  Cert: ['X1', 'X2', 'X3', 'X4'],
  Case: ['S1', 'S2', 'S3'],
};

const fieldValues = {
  Name: fc.option(fc.constantFrom('one', 'two'), { nil: null, freq: 15 }),
  Type: fc.constantFrom(...Array<string>(8).fill('usual'), 'Partner', 'Customer', 'Other'),
  Kind: blank(fc.constantFrom('x', 'y', 'z')),
  Country: blank(fc.constantFrom('SE', 'NO')),
  Email: blank(fc.constantFrom('a@x.example', 'b@x.example')),
  Share: blank(fc.constantFrom('0', '30', '70', '100')),
  Amount: blank(fc.constantFrom('1', '2.50', '1000.33')),
  Won: blank(fc.boolean()),
  Day: blank(day),
  Started: blank(day),
  At: blank(
    fc.tuple(day, fc.constantFrom('00:30', '12:00', '23:30')).map(([on, at]) => `${on}T${at}:00.000Z`),
  ),
  Parent: blank(fc.constantFrom('1', '2', '3')),
  Account: blank(mostly(partner, customer)),
  Partner: blank(mostly(partner, customer)),
  Customer: blank(mostly(customer, partner)),
  Deal: blank(fc.constantFrom('D1', 'D2', 'D3', 'D4')),
  Contact: blank(fc.constantFrom('K1', 'K2', 'K3', 'K4')),
};
const fields = fc.record(fieldValues);

type FieldName = keyof typeof fieldValues;

/** The fields of an object that any mapping looks at. */
function fieldsRead(object: ObjectName): FieldName[] {
  const own = mappings.filter((each) => each.object === object);
  const read = own.flatMap((each) => [...planMapping(each).fields, ...Object.keys(each.scope.where ?? {})]);
  return [...new Set(read)] as FieldName[];
}

const putOf = (at: { object: ObjectName; id: string }, names: fc.Arbitrary<FieldName[]>) =>
  fc.record({ do: fc.constant('put' as const), at: fc.constant(at), fields, names });
const everyId = objects.flatMap((object) => idsOf[object].map((id) => ({ object, id })));
const record = fc.constantFrom(...everyId);

/** An org in which people have worked already: every record with something in its fields. */
export const org = fc.tuple(...everyId.map((at) => putOf(at, fc.constant(fieldsRead(at.object)))));

const pair = fc.constantFrom<ObjectName>('Account', 'Contact').chain((object) =>
  fc.record({
    object: fc.constant(object),
    loser: fc.constantFrom(...idsOf[object]),
    winner: fc.constantFrom(...idsOf[object]),
  }),
);

/** A field or two of a record change; records go, come back and are merged; days pass. */
export const event = fc.oneof(
  {
    weight: 12,
    arbitrary: record.chain((at) =>
      putOf(at, fc.subarray(fieldsRead(at.object), { minLength: 1, maxLength: 2 })),
    ),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), at: record }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('merge' as const), pair }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('pull' as const),
      object: fc.constantFrom(...objects),
      full: fc.boolean(),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('compute' as const), days: fc.nat(70) }) },
);
export type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

/** Changes the org as its people would. A merge moves what belonged to the loser, as a CRM does. */
export function change(crm: FakeCrm, each: Extract<Event, { do: 'put' | 'remove' | 'merge' }>): void {
  const known = (object: string, id: string) => crm.objects.get(object)!.get(id);
  const isLive = (object: string, id: string) => known(object, id)?.isDeleted === false;
  if (each.do === 'put') {
    const { object, id } = each.at;
    crm.put(object, id, Object.fromEntries(each.names.map((name) => [name, newValueOf(each, name)])));
  } else if (each.do === 'remove') {
    if (isLive(each.at.object, each.at.id)) crm.remove(each.at.object, each.at.id);
  } else {
    const { object, loser, winner } = each.pair;
    if (loser === winner || !isLive(object, loser) || !isLive(object, winner)) return;
    crm.merge(object, loser, winner);
    moveChildren(crm, { object, loser, winner });
  }
}

/** Parents are of the same kind as their children, and most accounts are of the kind that their id says. */
function newValueOf({ at, fields: values }: Extract<Event, { do: 'put' }>, name: FieldName): CrmValue {
  const value = values[name];
  if (name === 'Parent' && value !== null) return `${at.id[0]}${value}`;
  if (name !== 'Type' || value !== 'usual') return value;
  return at.id.startsWith('A') ? 'Partner' : 'Customer';
}

function moveChildren(
  crm: FakeCrm,
  { object, loser, winner }: Extract<Event, { do: 'merge' }>['pair'],
): void {
  for (const child of objects) {
    for (const [id, { record: held }] of crm.objects.get(child)!) {
      const moved = lookups[child].filter((name) => leadsTo(name) === object && held.fields[name] === loser);
      if (moved.length === 0) continue;
      const target = child === object && id === winner ? null : winner;
      const isDeleted = crm.objects.get(child)!.get(id)!.isDeleted;
      crm.put(child, id, Object.fromEntries(moved.map((name) => [name, target])));
      if (isDeleted) crm.remove(child, id);
    }
  }
}

function leadsTo(lookup: string): string {
  return lookup === 'Deal' || lookup === 'Contact' ? lookup : 'Account';
}

function dayAfter(from: string, days: number): string {
  return new Date(Date.parse(`${from}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

/** Pulls with nobody in the way of a small org that loses half of its records. */
export const quiet = { mappings, limits: { massDeleteCount: 1000, shrinkCount: 1000 } };

/** Reads what changed in every object. */
export async function pullEverything(house: PullHouse): Promise<void> {
  for (const object of objects) await house.pull(object, quiet);
}
