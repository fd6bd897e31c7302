import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import xml2js from 'xml2js';
import { actionNames } from '../../../../connectors/dynamics/simulator/routes/actions.ts';
import { type SignedIn, startSignedIn } from './client.ts';

// biome-ignore lint/suspicious/noExplicitAny: an element of any shape.
type Element = any;

let at: SignedIn;
beforeAll(async () => {
  at = await startSignedIn();
});
afterAll(async () => await at.close());

async function schemaOf(path: string): Promise<Element> {
  const { status, headers, body } = await at.send('GET', path);
  expect([status, headers.get('content-type')]).toEqual([200, 'application/xml']);
  const document: Element = await xml2js.parseStringPromise(body);
  return document['edmx:Edmx']['edmx:DataServices'][0].Schema[0];
}

const named = (elements: Element[], name: string): Element => elements.find((each) => each.$.Name === name);

describe('the documents of the service', () => {
  it('name each set, and describe its type by key, properties and navigation', async () => {
    const { body } = await at.send('GET', '');
    expect(body.value).toContainEqual({ name: 'accounts', kind: 'EntitySet', url: 'accounts' });
    const schema = await schemaOf('$metadata');
    const account = named(schema.EntityType, 'account');
    expect(account.$.BaseType).toBe('mscrm.crmbaseentity');
    expect(account.Key[0].PropertyRef[0].$.Name).toBe('accountid');
    expect(named(account.Property, 'name').$).toEqual({ Name: 'name', Type: 'Edm.String', Unicode: 'false' });
    expect(named(account.Property, '_primarycontactid_value').$.Type).toBe('Edm.Guid');
    expect(named(account.NavigationProperty, 'primarycontactid')).toMatchObject({
      $: { Type: 'mscrm.contact', Nullable: 'false', Partner: 'account_primary_contact' },
      ReferentialConstraint: [
        { $: { Property: '_primarycontactid_value', ReferencedProperty: 'contactid' } },
      ],
    });
    expect(named(account.NavigationProperty, 'contact_customer_accounts').$.Type).toBe(
      'Collection(mscrm.contact)',
    );
  });

  it('lead from every navigation property to a type and a set that are there', async () => {
    const schema = await schemaOf('$metadata');
    const types = new Set(schema.EntityType.map((type: Element) => type.$.Name));
    const sets = new Set(schema.EntityContainer[0].EntitySet.map((set: Element) => set.$.Name));
    const pointed = schema.EntityType.flatMap((type: Element) => type.NavigationProperty ?? []).map(
      (property: Element) => /mscrm\.(\w+)/.exec(property.$.Type)![1],
    );
    const bound = schema.EntityContainer[0].EntitySet.flatMap(
      (set: Element) => set.NavigationPropertyBinding ?? [],
    ).map((binding: Element) => binding.$.Target);
    expect(pointed.filter((name: string) => !types.has(name))).toEqual([]);
    expect(bound.filter((name: string) => !sets.has(name))).toEqual([]);
  });

  it('declare actions and functions, bound and not, with types that are there', async () => {
    const schema = await schemaOf('$metadata');
    const declared = new Set(
      ['EntityType', 'ComplexType', 'EnumType'].flatMap((kind) =>
        schema[kind].map((type: Element) => type.$.Name),
      ),
    );
    const operations: Element[] = [...schema.Action, ...schema.Function];
    const used = [...operations, ...schema.ComplexType]
      .flatMap((each) => [...(each.Parameter ?? []), ...(each.Property ?? []), ...(each.ReturnType ?? [])])
      .map((each) => /mscrm\.(\w+)/.exec(each.$.Type)?.[1])
      .filter((name) => name !== undefined);
    expect(used.length).toBeGreaterThan(100);
    expect(used.filter((name) => !declared.has(name))).toEqual([]);
    expect(named(schema.Action, 'QualifyLead')).toMatchObject({
      $: { IsBound: 'true' },
      Parameter: expect.arrayContaining([{ $: { Name: 'entity', Type: 'mscrm.lead', Nullable: 'false' } }]),
    });
    expect(schema.Action.filter((each: Element) => each.$.Name === 'UpsertMultiple').length).toBeGreaterThan(
      5,
    );
    expect(named(schema.EntityContainer[0].FunctionImport, 'WhoAmI').$.Function).toBe('mscrm.WhoAmI');
  });

  it('declare what is answered: nothing of it is unknown to the service', async () => {
    const schema = await schemaOf('$metadata');
    for (const { $ } of schema.EntityContainer[0].ActionImport as Element[]) {
      const { body } = await at.send('POST', $.Name, {});
      expect([$.Name, body?.error?.code]).not.toEqual([$.Name, '0x8006088a']);
    }
    for (const { $ } of schema.EntityContainer[0].FunctionImport as Element[]) {
      const { body } = await at.send('GET', $.Name);
      expect([$.Name, body.error?.code]).not.toEqual([$.Name, '0x8006088a']);
    }
    for (const name of actionNames) expect(named(schema.EntityContainer[0].ActionImport, name)).toBeDefined();
  });

  it('tell of change tracking and alternate keys only where annotations are asked for', async () => {
    const { org } = at.simulator;
    org.schema.addKey(org.table('account'), {
      schemaName: 'NumberKey',
      columns: ['accountnumber'],
      status: 'Active',
    });
    const plain = await schemaOf('$metadata');
    expect(JSON.stringify(plain)).not.toContain('"Term"');
    const told = await schemaOf('$metadata?annotations=true');
    const set = named(told.EntityContainer[0].EntitySet, 'accounts');
    expect(set.Annotation[0].$.Term).toBe('Org.OData.Capabilities.V1.ChangeTracking');
    expect(JSON.stringify(named(told.EntityType, 'account').Annotation)).toContain(
      '{"Property":"Name","PropertyPath":"accountnumber"}',
    );
  });
});
