import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type SignedIn, startSignedIn } from './client.ts';

let at: SignedIn;
beforeEach(async () => {
  at = await startSignedIn();
});
afterEach(async () => await at.close());

const crm = 'Microsoft.Dynamics.CRM';
const label = (text: string) => ({ LocalizedLabels: [{ Label: text, LanguageCode: 1033 }] });
const codeOf = ({ status, body }: { status: number; body: { error: { code: string } } }) => [
  status,
  body.error.code,
];
const statusOf = async (method: string, path: string, body?: unknown) =>
  (await at.send(method, path, body)).status;
const table = "EntityDefinitions(LogicalName='new_deal')";
const column = (type: string, name: string, more: Record<string, unknown> = {}) => ({
  '@odata.type': `${crm}.${type}AttributeMetadata`,
  SchemaName: name,
  DisplayName: label(name),
  ...more,
});

async function makeTable(): Promise<void> {
  await at.send('POST', 'EntityDefinitions', {
    SchemaName: 'new_Deal',
    DisplayName: label('Deal'),
    DisplayCollectionName: label('Deals'),
    Attributes: [column('String', 'new_Name', { IsPrimaryName: true })],
  });
  await at.send('POST', `${table}/Attributes`, column('String', 'new_Code', { MaxLength: 5 }));
  await at.send('POST', `${table}/Attributes`, column('Money', 'new_Amount', { Precision: 2 }));
}

describe('definitions', () => {
  it('are replaced by a PUT of the whole: labels, sizes, levels, change tracking', async () => {
    await makeTable();
    const { body: whole } = await at.send('GET', table);
    const changed = { ...whole, DisplayName: label('Big Deal'), ChangeTrackingEnabled: true };
    expect(await statusOf('PUT', table, changed)).toBe(204);
    expect((await at.send('GET', table)).body).toMatchObject({
      ChangeTrackingEnabled: true,
      DisplayName: { UserLocalizedLabel: { Label: 'Big Deal' } },
    });
    expect(codeOf(await at.send('PUT', table, { ...changed, ChangeTrackingEnabled: false }))).toEqual([
      400,
      '0x80040203',
    ]);
    const address = `${table}/Attributes(LogicalName='new_code')/${crm}.StringAttributeMetadata`;
    const { body: code } = await at.send('GET', address);
    const longer = { ...code, MaxLength: 8, RequiredLevel: { Value: 'ApplicationRequired' } };
    expect(await statusOf('PUT', address, longer)).toBe(204);
    expect((await at.send('GET', address)).body).toMatchObject({
      MaxLength: 8,
      RequiredLevel: { Value: 'ApplicationRequired' },
      MetadataId: code.MetadataId,
    });
    expect(await statusOf('POST', 'new_deals', { new_code: '12345678' })).toBe(204);
    const other = { ...code, AttributeType: 'Integer' };
    expect(codeOf(await at.send('PUT', address, other))).toEqual([400, '0x80040203']);
    expect(codeOf(await at.send('PATCH', table, { DisplayName: label('X') }))).toEqual([405, '0x80060888']);
  });

  it('go with what they hold: a column with its values, a table with its rows', async () => {
    await makeTable();
    const { org } = at.simulator;
    const [id = ''] = org.create('new_deal', [{ new_name: 'A', new_code: 'x', new_amount: 5 }]);
    const before = org.get('new_deal', id)?.versionnumber;
    expect(await statusOf('DELETE', `${table}/Attributes(LogicalName='new_code')`)).toBe(204);
    expect(await statusOf('DELETE', `${table}/Attributes(LogicalName='new_amount')`)).toBe(204);
    expect(Object.keys(org.get('new_deal', id) ?? {}).filter((name) => /code$|amount/.test(name))).toEqual([
      'statecode',
      'statuscode',
    ]);
    expect(Number(org.get('new_deal', id)?.versionnumber)).toBeGreaterThan(Number(before));
    expect(codeOf(await at.send('GET', 'new_deals?$select=new_code'))).toEqual([400, '0x80060888']);
    expect(await statusOf('DELETE', table)).toBe(204);
    expect(codeOf(await at.send('GET', table))).toEqual([404, '0x80060888']);
    expect(codeOf(await at.send('GET', 'new_deals'))).toEqual([404, '0x8006088a']);
  });

  it('stay while others need them, and those of the platform stay anyway', async () => {
    await makeTable();
    await at.send('POST', `${table}/Keys`, { SchemaName: 'new_CodeKey', KeyAttributes: ['new_code'] });
    const code = `${table}/Attributes(LogicalName='new_code')`;
    expect(codeOf(await at.send('DELETE', code))).toEqual([400, '0x8004f01f']);
    expect(await statusOf('DELETE', `${table}/Keys(LogicalName='new_codekey')`)).toBe(204);
    expect(await statusOf('DELETE', code)).toBe(204);
    expect(codeOf(await at.send('DELETE', `${table}/Attributes(LogicalName='new_name')`))).toEqual([
      400,
      '0x80047002',
    ]);
    expect(codeOf(await at.send('DELETE', "EntityDefinitions(LogicalName='account')"))).toEqual([
      400,
      '0x8004f032',
    ]);
    await at.send('POST', 'RelationshipDefinitions', {
      SchemaName: 'new_deal_account',
      ReferencedEntity: 'new_deal',
      ReferencingEntity: 'account',
      Lookup: { SchemaName: 'new_DealId', DisplayName: label('Deal') },
    });
    expect(codeOf(await at.send('DELETE', table))).toEqual([400, '0x8004f01f']);
    expect(await statusOf('DELETE', "RelationshipDefinitions(SchemaName='new_deal_account')")).toBe(204);
    expect(at.simulator.org.table('account').columns.has('new_dealid')).toBe(false);
    expect(await statusOf('DELETE', table)).toBe(204);
  });

  it('are changed by customizers only', async () => {
    await makeTable();
    const { org, tokens } = at.simulator;
    const token = tokens.issue(org.addUser({ fullName: 'Sam Seller' }));
    const refused = await at.send('DELETE', table, undefined, { Authorization: `Bearer ${token}` });
    expect(codeOf(refused)).toEqual([403, '0x80040220']);
  });
});

describe('choices that columns share', () => {
  const colours = {
    '@odata.type': `${crm}.OptionSetMetadata`,
    Name: 'new_colours',
    DisplayName: label('Colours'),
    IsGlobal: true,
    OptionSetType: 'Picklist',
    Options: [
      { Value: 1, Label: label('Red') },
      { Value: null, Label: label('Blue') },
    ],
  };

  it('are listed and read by name or id, those of the platform too', async () => {
    const { body } = await at.send('GET', "GlobalOptionSetDefinitions(Name='budgetstatus')");
    expect(body).toMatchObject({
      '@odata.type': `#${crm}.OptionSetMetadata`,
      IsGlobal: true,
      IsCustomOptionSet: false,
    });
    expect(body.Options.map(({ Value }: { Value: number }) => Value)).toEqual([0, 1, 2, 3]);
    const byId = await at.send(
      'GET',
      `GlobalOptionSetDefinitions(${body.MetadataId})/${crm}.OptionSetMetadata?$select=Options`,
    );
    expect(byId.body.Options).toHaveLength(4);
    const lead = await at.send(
      'GET',
      `EntityDefinitions(LogicalName='lead')/Attributes(LogicalName='budgetstatus')/${crm}.PicklistAttributeMetadata?$select=LogicalName&$expand=OptionSet,GlobalOptionSet`,
    );
    expect(lead.body).toMatchObject({ OptionSet: null, GlobalOptionSet: { MetadataId: body.MetadataId } });
    expect(codeOf(await at.send('GET', "GlobalOptionSetDefinitions?$filter=Name eq 'x'"))).toEqual([
      400,
      '0x80060888',
    ]);
    expect(codeOf(await at.send('GET', "GlobalOptionSetDefinitions(Name='x')"))).toEqual([404, '0x80060888']);
  });

  it('are made, taken by columns, and change for all of them at once', async () => {
    const made = await at.send('POST', 'GlobalOptionSetDefinitions', colours);
    expect(made.status).toBe(204);
    const id = /\(([0-9a-f-]{36})\)$/.exec(made.headers.get('odata-entityid') ?? '')![1]!;
    for (const name of ['new_Front', 'new_Back']) {
      const body = column('Picklist', name, {
        'GlobalOptionSet@odata.bind': `/GlobalOptionSetDefinitions(${id})`,
      });
      expect(await statusOf('POST', "EntityDefinitions(LogicalName='account')/Attributes", body)).toBe(204);
    }
    expect(codeOf(await at.send('POST', 'accounts', { new_front: 7 }))).toEqual([400, '0x8004431a']);
    const option = { OptionSetName: 'new_colours', Value: 7, Label: label('Green') };
    const inserted = await at.send('POST', 'InsertOptionValue', option);
    expect(inserted.body.NewOptionValue).toBe(7);
    const seen = async () => {
      const { body } = await at.send('GET', "GlobalOptionSetDefinitions(Name='new_colours')");
      return body.Options.map(({ Value }: { Value: number }) => Value);
    };
    const publish = async (xml: string) =>
      await statusOf('POST', 'PublishXml', { ParameterXml: `<importexportxml>${xml}</importexportxml>` });
    expect(await publish('<entities><entity>account</entity></entities>')).toBe(204);
    expect(await seen()).not.toContain(7);
    expect(await publish('<optionsets><optionset>new_colours</optionset></optionsets>')).toBe(204);
    expect(await seen()).toContain(7);
    const next = await at.send('POST', 'InsertOptionValue', { ...option, Value: null });
    expect(next.body.NewOptionValue).toBe(100_000_002);
    expect(await statusOf('POST', 'accounts', { new_front: 7, new_back: 7 })).toBe(204);
    expect(await statusOf('POST', 'UpdateOptionValue', { ...option, Label: label('Lime') })).toBe(204);
    expect(at.simulator.org.table('account').columns.get('new_back')?.options).toContainEqual({
      value: 7,
      label: 'Lime',
    });
    expect(await statusOf('POST', 'DeleteOptionValue', option)).toBe(204);
    expect(codeOf(await at.send('POST', 'accounts', { new_back: 7 }))).toEqual([400, '0x8004431a']);
    const inUse = await at.send('DELETE', "GlobalOptionSetDefinitions(Name='new_colours')");
    expect(codeOf(inUse)).toEqual([400, '0x80048417']);
    expect(inUse.body.error.message).toContain('account');
    for (const name of ['new_front', 'new_back'])
      await at.send('DELETE', `EntityDefinitions(LogicalName='account')/Attributes(LogicalName='${name}')`);
    expect(await statusOf('DELETE', "GlobalOptionSetDefinitions(Name='new_colours')")).toBe(204);
    expect(codeOf(await at.send('DELETE', "GlobalOptionSetDefinitions(Name='need')"))).toEqual([
      400,
      '0x80048404',
    ]);
  });

  it('leave states alone, and let a status name its state', async () => {
    const of = (name: string) => ({
      EntityLogicalName: 'lead',
      AttributeLogicalName: name,
      Label: label('X'),
      Value: 9,
    });
    expect(codeOf(await at.send('POST', 'InsertOptionValue', of('statecode')))).toEqual([400, '0x80044323']);
    for (const body of [of('statuscode'), { ...of('leadsourcecode'), StateCode: 0 }])
      expect(codeOf(await at.send('POST', 'InsertStatusValue', body))).toEqual([400, '0x80040203']);
    const status = await at.send('POST', 'InsertStatusValue', { ...of('statuscode'), StateCode: 0 });
    expect(status.body.NewOptionValue).toBe(9);
    expect(await statusOf('POST', 'leads', { lastname: 'A', statuscode: 9 })).toBe(204);
  });
});
