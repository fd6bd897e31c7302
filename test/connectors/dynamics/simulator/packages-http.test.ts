import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type SignedIn, startSignedIn } from './client.ts';

let at: SignedIn;
beforeAll(async () => {
  at = await startSignedIn();
});
afterAll(async () => await at.close());

const label = (text: string) => ({ LocalizedLabels: [{ Label: text, LanguageCode: 1033 }] });
const publisher = {
  friendlyname: 'Example Publisher',
  uniquename: 'examplepublisher',
  customizationprefix: 'sample',
  customizationoptionvalueprefix: 72_700,
};
const codeOf = ({ status, body }: { status: number; body: { error: { code: string } } }) => [
  status,
  body.error.code,
];
const attributes = "EntityDefinitions(LogicalName='account')/Attributes";
const text = (SchemaName: string) => ({
  '@odata.type': 'Microsoft.Dynamics.CRM.StringAttributeMetadata',
  SchemaName,
  DisplayName: label(SchemaName),
  MaxLength: 10,
});
const inSolution = { 'MSCRM.SolutionUniqueName': 'examplesolution' };

describe('publishers and solutions', () => {
  it('are made as the documentation makes them', async () => {
    const made = await at.send('POST', 'publishers', publisher);
    expect(made.status).toBe(204);
    const address = made.headers.get('odata-entityid') ?? '';
    const solution = await at.send('POST', 'solutions', {
      friendlyname: 'Example Solution',
      uniquename: 'examplesolution',
      version: '1.0.0.0',
      'publisherid@odata.bind': address.slice(address.indexOf('publishers')),
    });
    expect(solution.status).toBe(204);
    const found = await at.send(
      'GET',
      "solutions?$select=uniquename,ismanaged&$expand=publisherid($select=customizationprefix)&$filter=uniquename eq 'examplesolution'",
    );
    expect(found.body.value).toMatchObject([
      { uniquename: 'examplesolution', ismanaged: false, publisherid: { customizationprefix: 'sample' } },
    ]);
  });

  it('have a prefix and a number of the right form, and names of their own', async () => {
    for (const bad of [
      { customizationprefix: 'mscrmx' },
      { customizationprefix: 'a' },
      { customizationprefix: '1ab' },
      { customizationoptionvalueprefix: 9_999 },
    ])
      expect(
        (await at.send('POST', 'publishers', { ...publisher, uniquename: 'other', ...bad })).status,
      ).toBe(400);
    expect(codeOf(await at.send('POST', 'publishers', publisher))).toEqual([412, '0x80040237']);
  });

  it('take in what a request makes for them, when its name has their prefix', async () => {
    expect((await at.send('POST', attributes, text('sample_Note'), inSolution)).status).toBe(204);
    expect(codeOf(await at.send('POST', attributes, text('other_Note'), inSolution))).toEqual([
      400,
      '0x80040203',
    ]);
    const absent = { 'MSCRM.SolutionUniqueName': 'nosuch' };
    expect(codeOf(await at.send('POST', attributes, text('sample_Other'), absent))).toEqual([
      404,
      '0x80040217',
    ]);
    const columns = at.simulator.org.table('account').columns;
    expect([columns.has('sample_note'), columns.has('other_note'), columns.has('sample_other')]).toEqual([
      true,
      false,
      false,
    ]);
    expect(at.simulator.org.dump('solutioncomponent')).toMatchObject([
      { componenttype: 2, objectid: columns.get('sample_note')!.metadataId },
    ]);
  });

  it('are published by an XML that names tables', async () => {
    const xml = (name: string) => ({
      ParameterXml: `<importexportxml><entities><entity>${name}</entity></entities></importexportxml>`,
    });
    expect((await at.send('POST', 'PublishXml', xml('account'))).status).toBe(204);
    expect((await at.send('POST', 'PublishXml', xml('nosuch'))).status).toBe(404);
    expect((await at.send('POST', 'PublishXml', {})).status).toBe(400);
  });
});

describe('security roles', () => {
  it('are born with a few privileges and get others beside them', async () => {
    const [unit] = at.simulator.org.dump('businessunit');
    const made = await at.send(
      'POST',
      'roles',
      { name: 'Test Role', 'businessunitid@odata.bind': `/businessunits(${unit!.businessunitid})` },
      inSolution,
    );
    expect(made.status).toBe(204);
    const id = /\(([0-9a-f-]{36})\)$/.exec(made.headers.get('odata-entityid') ?? '')?.[1] ?? '';
    const privileges = await at.send(
      'GET',
      "privileges?$select=name&$filter=name eq 'prvCreateAccount' or name eq 'prvReadSolution'",
    );
    expect(privileges.body.value).toHaveLength(2);
    const [one, other] = privileges.body.value as { name: string; privilegeid: string }[];
    const grant = (Depth: string, PrivilegeId: string) => ({
      Privileges: [{ Depth, PrivilegeId, BusinessUnitId: unit!.businessunitid }],
    });
    const add = `roles(${id})/Microsoft.Dynamics.CRM.AddPrivilegesRole`;
    const [account, solution] = one!.name === 'prvCreateAccount' ? [one!, other!] : [other!, one!];
    expect((await at.send('POST', add, grant('Basic', account.privilegeid))).status).toBe(204);
    expect((await at.send('POST', add, grant('Global', solution.privilegeid))).status).toBe(204);
    expect((await at.send('POST', add, grant('Basic', solution.privilegeid))).status).toBe(400);
    expect((await at.send('POST', add, grant('Everywhere', account.privilegeid))).status).toBe(400);
    expect((await at.send('POST', add, grant('Basic', id))).status).toBe(400);
    const held = await at.send('GET', `RetrieveRolePrivilegesRole(RoleId=${id})`);
    const pairs = (held.body.RolePrivileges as { PrivilegeName: string; Depth: string }[]).map(
      ({ PrivilegeName, Depth }) => [PrivilegeName, Depth],
    );
    expect(pairs).toEqual(
      expect.arrayContaining([
        ['prvReadSdkMessage', 'Global'],
        ['prvCreateAccount', 'Basic'],
        ['prvReadSolution', 'Global'],
      ]),
    );
    expect(at.simulator.org.dump('solutioncomponent').map(({ componenttype }) => componenttype)).toContain(
      20,
    );
    const none = 'RetrieveRolePrivilegesRole(RoleId=00000000-0000-0000-0000-000000000001)';
    expect((await at.send('GET', none)).status).toBe(404);
  });
});
