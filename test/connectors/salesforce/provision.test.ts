import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { manifest } from '../../../connectors/salesforce/index.ts';
import { source } from '../../../connectors/salesforce/provision.ts';
import { type StandIn, startStandIn } from '../../../connectors/salesforce/stand-in.ts';
import type { Connector } from '../../../src/sync/connector.ts';
import { loadMappings } from '../../../src/sync/mapping/mapping.ts';
import { quietly, readAll, testHost } from '../../contract/connector-world.ts';

const mappings = loadMappings('mappings/salesforce');
const generated = source({ mappings, kpis: [], tiers: ['Registered', 'Silver', 'Gold'] });
const text = (end: string): string => generated.find((file) => file.path.endsWith(end))?.text ?? '';
const permissions = text('.permissionset-meta.xml');

describe('the generated source', () => {
  it('is the same every time', () => {
    expect(source({ mappings, kpis: [], tiers: ['Registered', 'Silver', 'Gold'] })).toEqual(generated);
  });

  it('brings every object and field that the mappings install, and the keys as unique external ids', () => {
    for (const mapping of mappings) {
      for (const attribute of Object.values(mapping.attributes)) {
        if (attribute.install === undefined) continue;
        expect(text(`objects/${mapping.object}/fields/${attribute.field}.field-meta.xml`)).toContain(
          '<CustomField',
        );
      }
      if (mapping.key === undefined) continue;
      const key = text(`objects/${mapping.object}/fields/${mapping.key}.field-meta.xml`);
      expect(key).toContain('<externalId>true</externalId>');
      expect(key).toContain('<unique>true</unique>');
    }
    expect(text('Partner_Tier__c.field-meta.xml')).toMatch(/Registered.*Silver.*Gold/s);
  });

  it('grants edit to nothing that is only read, never delete, never all of it', () => {
    expect(permissions).not.toMatch(/<allowDelete>true|<modifyAllRecords>true|ModifyAllData|ViewAllData/);
    for (const mapping of mappings) {
      const written = mappings.some(
        (other) =>
          other.object === mapping.object &&
          Object.values(other.attributes).some(({ direction }) => direction !== 'in'),
      );
      const block = new RegExp(
        `<objectPermissions>(?:(?!</objectPermissions>).)*<object>${mapping.object}</object>`,
      ).exec(permissions)?.[0];
      if (!written && block !== undefined) expect(block).toContain('<allowEdit>false</allowEdit>');
    }
  });

  it('names no field that the platform refuses to see named', () => {
    for (const field of [
      'Account.Name',
      'Opportunity.StageName',
      'Opportunity.CloseDate',
      'Lead.Company',
      'Case.CaseNumber',
      'Account.CreatedDate',
    ]) {
      expect(permissions).not.toContain(`<field>${field}</field>`);
    }
  });

  it('shows the field that stands in for a blank one too', () => {
    const deal = mappings.find((mapping) => mapping.name === 'deal')!;
    const amount = { ...deal.attributes.amount!, otherwise: 'Expected__c' };
    const files = source({ mappings: [{ ...deal, attributes: { amount } }], kpis: [], tiers: [] });
    expect(files.at(-1)?.text).toContain('<field>Opportunity.Expected__c</field>');
  });

  it('escapes what people wrote', () => {
    const [file] = source({ mappings: [], kpis: [], tiers: [] }).filter((each) =>
      each.path.endsWith('.permissionset-meta.xml'),
    );
    expect(file?.text).toContain('<label>Tierlink Integration</label>');
    const odd = mappings.filter((mapping) => mapping.name === 'partner');
    const tiers = source({ mappings: odd, kpis: [], tiers: ['A & <B> "C"'] });
    expect(tiers.find((each) => each.path.endsWith('Partner_Tier__c.field-meta.xml'))?.text).toContain(
      'A &amp; &lt;B&gt; &quot;C&quot;',
    );
  });
});

describe('an org with the generated source', () => {
  let standIn: StandIn;
  let connector: Connector;
  beforeAll(async () => {
    standIn = await startStandIn({ source: generated });
    connector = manifest.connect(standIn.options, testHost());
  });
  afterAll(async () => {
    await standIn.close();
  });

  it.each(mappings.map((mapping) => [mapping.name, mapping] as const))(
    'lets every field of %s be read',
    async (_name, mapping) => {
      const fields = Object.values(mapping.attributes).map((attribute) => attribute.field);
      const scope = { name: mapping.name, ...mapping.scope };
      const records = await readAll(connector, { object: mapping.object, fields, scope });
      expect(await connector.count([{ object: mapping.object, scope }])).toEqual([records.length]);
      const [description] = await connector.describe([mapping.object]);
      const visible = new Set(description?.fields.map((field) => field.name));
      expect(fields.filter((field) => !field.includes('.') && !visible.has(field))).toEqual([]);
      for (const record of records.slice(0, 3))
        expect(Object.keys(record.fields).sort()).toEqual([...new Set(fields)].sort());
    },
  );

  it('lets what the program owns be written, and refuses the rest', async () => {
    const [partner] = standIn.simulator.org.dump('Account').filter((row) => row.IsPartner === true);
    const id = String(partner?.Id);
    const write = async (fields: Record<string, string>) =>
      (
        await connector.write({
          object: 'Account',
          operation: 'update',
          rows: [{ ref: 'r', id, fields }],
          manners: quietly,
        })
      )[0];
    expect(await write({ Partner_Tier__c: 'Gold', Partner_Tier_Since__c: '2026-01-01' })).toMatchObject({
      outcome: 'updated',
    });
    expect(await write({ Industry: 'Energy' })).toMatchObject({
      outcome: 'rejected',
      code: 'CRM_FIELD_READONLY',
    });
    expect(await write({ Partner_Tier__c: 'Diamond' })).toMatchObject({
      outcome: 'rejected',
      code: 'CRM_PICKLIST',
    });
  });

  it('takes a decision by our id, its partner by id', async () => {
    const [partner] = standIn.simulator.org.dump('Account').filter((row) => row.IsPartner === true);
    const rows = [
      {
        ref: 'd',
        key: 'dec_1',
        fields: {
          Account__c: String(partner?.Id),
          Movement__c: 'promote',
          Decided_At__c: '2026-03-04T10:00:00.000Z',
        },
      },
    ];
    const request = {
      object: 'Tierlink_Decision__c',
      operation: 'upsert',
      keyField: 'Tierlink_Id__c',
      rows,
      manners: quietly,
    } as const;
    expect((await connector.write(request))[0]).toMatchObject({ outcome: 'created' });
    expect((await connector.write(request))[0]).toMatchObject({ outcome: 'updated' });
  });

  it('lets people act, one sentence each', async () => {
    const told = await standIn.act('quarter');
    expect(told).toHaveLength(4);
    expect(told.join(' ')).toMatch(/ won .* ran out .* was merged into .* by hand\./s);
    await expect(standIn.act('no such scene')).rejects.toThrow('no such scene');
  });
});

describe('names in the generated source', () => {
  const child = (object: string, fields: string[]) =>
    ({
      ...mappings.find(({ entity }) => entity === 'decision')!,
      object,
      name: object,
      attributes: Object.fromEntries(
        fields.map((field) => [
          `extra.${field}`,
          {
            field,
            direction: 'out',
            onBlank: 'keep',
            required: false,
            install: { type: 'lookup', to: 'Account' },
            label: 'x'.repeat(60),
          },
        ]),
      ),
    }) as (typeof mappings)[number];
  const long = 'A_Rather_Long_Name_For_An_Object_Of_Ours';
  const files = source({
    mappings: [child(`${long}__c`, ['Partner_One__c', 'Partner_Two__c']), child('ours__Thing__c', ['By__c'])],
    kpis: [],
    tiers: [],
  });
  const fields = files.filter(({ path }) => path.includes('/fields/'));
  const valuesOf = (name: string) =>
    fields.flatMap((file) => new RegExp(`<${name}>(.*?)</${name}>`).exec(file.text)?.[1] ?? []);

  it('of child relationships differ on one parent and are such as the platform takes', () => {
    const names = valuesOf('relationshipName');
    expect(names).toHaveLength(3);
    expect(new Set(names).size).toBe(3);
    for (const each of names) expect(each).toMatch(/^[A-Za-z](?:_?[A-Za-z0-9])*$/);
    for (const each of names) expect(each.length).toBeLessThanOrEqual(40);
  });

  it('that people read are no longer than the platform takes', () => {
    for (const label of valuesOf('label')) expect(label.length).toBeLessThanOrEqual(40);
  });

  it('never include a file for an object that is the platform’s own', () => {
    const objects = generated.filter(({ path }) => path.endsWith('.object-meta.xml')).map(({ path }) => path);
    expect(objects.length).toBeGreaterThan(0);
    for (const path of objects) expect(path).toContain('__c.object-meta.xml');
  });
});
