import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { installParts } from '../../../connectors/dynamics/provision/parts.ts';
import { roleId } from '../../../connectors/dynamics/provision/publisher.ts';
import { source } from '../../../connectors/dynamics/provision.ts';
import { deploySolution } from '../../../connectors/dynamics/simulator/deploy/solution.ts';
import { createOrg } from '../../../connectors/dynamics/simulator/org.ts';
import { isWrite } from '../../../src/install/steps.ts';
import { fromPackageRoot } from '../../../src/package-root.ts';
import { loadMappings } from '../../../src/sync/mapping/mapping.ts';
import type { ObjectMapping } from '../../../src/sync/mapping/schema.ts';
import { contentsOf, type InstallWorld, openInstallWorld } from './install-world.ts';

const mappings = loadMappings(fromPackageRoot('mappings', 'dynamics'));
const only = (name: string, more: Record<string, unknown> = {}): ObjectMapping => ({
  ...mappings.find((mapping) => mapping.name === name)!,
  ...more,
});

/** One column of every type that a mapping can ask for, beside what the decisions need. */
const types = [
  'longText',
  'checkbox',
  'number',
  'money',
  'percent',
  'picklist',
  'lookup',
  'text',
  'date',
  'dateTime',
];
const everyType = Object.fromEntries(
  types.map((type) => {
    const install = { type, label: type, to: 'contact', values: 'tiers' };
    const field = `tierlink_${type.toLowerCase()}`;
    return [`extra.${type}`, { field, direction: 'out', required: false, onBlank: 'clear', install }];
  }),
);
const request = {
  mappings: [only('decision'), only('partner', { attributes: everyType, scope: {} })],
  kpis: [],
  tiers: ['Registered', 'Gold'],
};
const parts = installParts(request);

let world: InstallWorld;
beforeEach(async () => {
  world = await openInstallWorld();
});
afterEach(() => world.standIn.close());

const actionsOf = async (needed = parts) =>
  Object.fromEntries((await world.look(needed)).map(({ part, action }) => [part.name, action]));
const stepOf = async (name: string) => (await world.look(parts)).find(({ part }) => part.name === name)!;
const faults = () => world.org.state.faults;

describe('what is installed over the wire', () => {
  it('is what the generated solution brings, column by column, and lies in our solution', async () => {
    const deployed = createOrg();
    deploySolution(deployed, await source(request));
    const made = await world.install(request);
    const tables = ['account', 'tierlink_decision'];
    const mine = contentsOf(world.org, tables, roleId);
    expect(mine.privileges).toEqual(expect.arrayContaining([['prvReadSdkMessage', 'Global']]));
    const bornWith = (name: string) => name.startsWith('prvReadSdkMessage');
    const privileges = mine.privileges.filter(([name]) => !bornWith(name));
    expect({ ...mine, privileges }).toEqual(contentsOf(deployed, tables, roleId));
    const inSolution = world.org.dump('solutioncomponent').length;
    const isPackage = ({ part }: (typeof made)[number]) => part.kind === 'package';
    expect(inSolution).toBe(made.filter((step) => isWrite(step) && !isPackage(step)).length);
  });

  it('is found again, and a deployed solution is found too', async () => {
    await world.install(request);
    const there = await world.look(parts);
    expect(there.filter(isWrite)).toEqual([]);
    await world.standIn.close();
    world = await openInstallWorld();
    deploySolution(world.org, await source(request));
    expect((await world.look(parts)).filter(isWrite)).toEqual([]);
  });

  it('keeps to the prefix of the project', async () => {
    const text = JSON.stringify(request).replaceAll('tierlink_', 'acme_');
    await world.install({ ...(JSON.parse(text) as typeof request), prefix: 'acme' });
    expect(world.org.table('account').columns.has('acme_picklist')).toBe(true);
    expect(world.org.dump('publisher')).toMatchObject([{ customizationprefix: 'acme' }]);
    expect([...world.org.schema.tables()].some(({ logicalName }) => logicalName.startsWith('tierlink'))).toBe(
      false,
    );
  });

  it('waits for the index of a key, and says when rows that are alike stand against it', async () => {
    await world.install({ ...request, mappings: [only('decision')] });
    for (const name of ['account.tierlink_externalid']) await world.installer.apply(await stepOf(name));
    world.org.load('account', [
      { name: 'A', tierlink_externalid: 'same' },
      { name: 'B', tierlink_externalid: 'same' },
    ]);
    const key = 'account.tierlink_externalidkey';
    await expect(world.installer.apply(await stepOf(key))).rejects.toMatchObject({
      code: 'INSTALL_REFUSED',
      data: { reason: expect.stringContaining('same value in tierlink_externalid') },
    });
    expect(await stepOf(key)).toMatchObject({ action: 'extend', note: 'its index is Failed' });
    const [row] = world.org.dump('account');
    world.org.set('account', String(row!.accountid), { tierlink_externalid: 'another' });
    await world.installer.apply(await stepOf(key));
    expect(await actionsOf()).toMatchObject({ [key]: 'exists' });
    expect(world.host.waited.length).toBeGreaterThan(0);
  });

  it('waits for an index no longer than a signal lets it, and leaves the platform to it', async () => {
    await world.install({ ...request, mappings: [only('decision')] });
    await world.installer.apply(await stepOf('account.tierlink_externalid'));
    const person = new AbortController();
    const { sleep } = world.host;
    world.host.waited.length = 0;
    world.host.sleep = async (ms, signal) => {
      person.abort();
      signal?.throwIfAborted();
      await sleep(ms, signal);
    };
    const key = await stepOf('account.tierlink_externalidkey');
    await expect(world.installer.apply(key, person.signal)).rejects.toMatchObject({ name: 'AbortError' });
    expect(world.host.waited).toEqual([]);
    expect(world.org.table('account').keys).toMatchObject([{ columns: ['tierlink_externalid'] }]);
  });

  it('waits while the platform is busy with other customizations, and loses nothing with an answer', async () => {
    faults().add({
      kind: 'status',
      status: 429,
      code: '0x80071151',
      retryAfterSeconds: 1,
      path: 'publishers',
      method: 'POST',
      times: 1,
    });
    await world.install(request);
    expect(Math.max(...world.host.waited)).toBeGreaterThan(900);
    const field = parts.find(({ name }) => name === 'account.tierlink_text')!;
    await expect(world.installer.apply({ part: field, found: null, adds: [] })).rejects.toMatchObject({
      code: 'CRM_DUPLICATE',
    });
    expect(await actionsOf()).toMatchObject({ 'account.tierlink_text': 'exists' });
  });
});

describe('what is there already', () => {
  const theirs = only('partner', {
    key: undefined,
    scope: {},
    attributes: {
      region: {
        field: 'acme_region',
        direction: 'both',
        transform: { kind: 'values', map: { 1: 'EMEA', 2: 'AMER', 7: 'APAC' } },
        install: { type: 'picklist', values: ['EMEA', 'AMER', 'APAC'] },
      },
      'extra.note': { field: 'acme_note', direction: 'in' },
    },
  });
  const needed = () => installParts({ ...request, mappings: [theirs] });
  const label = (text: string) => ({ LocalizedLabels: [{ Label: text, LanguageCode: 1033 }] });
  const post = async (path: string, body: object) => {
    const { simulator, inside } = world.standIn;
    const answer = await fetch(`${simulator.url}/api/data/v9.2/${path}`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${simulator.tokens.issue(inside.users.admin)}`,
        'Content-Type': 'application/json',
      },
      body: JSON.stringify(body),
    });
    expect(answer.status).toBe(204);
    return answer.headers.get('odata-entityid') ?? '';
  };
  const picklist = (options: object) => ({
    '@odata.type': 'Microsoft.Dynamics.CRM.PicklistAttributeMetadata',
    SchemaName: 'acme_Region',
    DisplayName: label('Region'),
    ...options,
  });
  const columns = "EntityDefinitions(LogicalName='account')/Attributes";
  const options = [
    { Value: 1, Label: label('EMEA') },
    { Value: 9, Label: label('Moon') },
  ];
  const regions = () =>
    world.org
      .table('account')
      .columns.get('acme_region')!
      .options!.map(({ value }) => value);

  it('of others is missing where it is not there, and reused where it is', async () => {
    expect(await actionsOf(needed())).toMatchObject({
      'account.acme_region': 'missing',
      'account.acme_note': 'missing',
    });
    await post(columns, { ...picklist({ OptionSet: { Options: options } }) });
    expect(await actionsOf(needed())).toMatchObject({ 'account.acme_region': 'extend', account: 'reuse' });
  });

  it('gets the values that it lacks, and keeps its own', async () => {
    await post(columns, picklist({ OptionSet: { Options: options } }));
    await world.install({ ...request, mappings: [theirs] });
    expect(regions()).toEqual([1, 9, 2, 7]);
    expect(await actionsOf(needed())).toMatchObject({ 'account.acme_region': 'reuse' });
  });

  it('gets them in the choice that it shares with other columns', async () => {
    const address = await post('GlobalOptionSetDefinitions', {
      Name: 'acme_regions',
      DisplayName: label('Regions'),
      Options: options,
    });
    const bound = `/${address.slice(address.indexOf('GlobalOptionSetDefinitions'))}`;
    await post(columns, picklist({ 'GlobalOptionSet@odata.bind': bound }));
    const steps = await world.install({ ...request, mappings: [theirs] });
    expect(steps.find(({ part }) => part.name === 'account.acme_region')!.note).toBe(
      'it is completed through the choice acme_regions, which other columns may have too',
    );
    expect(world.org.schema.choice('acme_regions')!.options.map(({ value }) => value)).toEqual([1, 9, 2, 7]);
  });

  it('is left to a person where a value belongs to a state, or where no mapping says what to install', async () => {
    const written = (field: string, map: Record<string, string>, more = {}) => ({
      ...{ field, direction: 'out', transform: { kind: 'values', map, others: 'reject' }, ...more },
    });
    const reasons = { '1': 'Active', '77': 'Left the program' };
    const mapping = only('partner', {
      scope: {},
      attributes: {
        'extra.reason': written('statuscode', reasons, {
          install: { type: 'picklist', values: ['Active', 'Left the program'] },
        }),
        'extra.category': written('accountcategorycode', { '1': 'Preferred', '78': 'New' }),
        'extra.name': written('name', { '79': 'Any text' }),
      },
    });
    const looked = await world.look(installParts({ ...request, mappings: [mapping] }));
    const told = looked
      .filter(({ part, action }) => part.kind === 'field' && action === 'byHand')
      .map(({ part, note }) => [part.name, note, part.setUp]);
    expect(told).toEqual([
      [
        'account.statuscode',
        'it lacks Left the program',
        'Power Apps > Tables > account > Columns > statuscode',
      ],
      [
        'account.accountcategorycode',
        'it lacks 78',
        'Power Apps > Tables > account > Columns > accountcategorycode',
      ],
    ]);
  });

  it('and is something else is a conflict', async () => {
    await post(columns, {
      '@odata.type': 'Microsoft.Dynamics.CRM.IntegerAttributeMetadata',
      SchemaName: 'tierlink_Picklist',
      DisplayName: label('Something else'),
    });
    const step = await stepOf('account.tierlink_picklist');
    expect(step).toMatchObject({ action: 'conflict', note: 'it is Integer, and the mappings need Picklist' });
  });

  it('on a form is seen there', async () => {
    const form = (columnNames: readonly string[]) =>
      world.org.load('systemform', [
        {
          name: 'Account',
          objecttypecode: 'account',
          type: 2,
          formxml: `<form>${columnNames.map((name) => `<control datafieldname="${name}"/>`).join('')}</form>`,
        },
      ]);
    form(['tierlink_text']);
    const { action, note } = await stepOf('account main form');
    expect([action, note]).toEqual(['byHand', expect.not.stringContaining('lacks text')]);
    form(types.map((type) => `tierlink_${type.toLowerCase()}`));
    expect((await stepOf('account main form')).action).toBe('reuse');
  });

  it('of automation that our writes set off is named, and what is off or elsewhere is not', async () => {
    const { org, installer } = world;
    const on = { statecode: 1, statuscode: 2, type: 1 };
    const flow = (entityname: string) =>
      JSON.stringify({
        properties: {
          definition: {
            triggers: {
              row: {
                inputs: {
                  host: { operationId: 'SubscribeWebhookTrigger' },
                  parameters: {
                    'subscriptionRequest/message': 3,
                    'subscriptionRequest/entityname': entityname,
                    'subscriptionRequest/filteringattributes': 'tierlink_tier',
                  },
                },
              },
            },
          },
        },
      });
    org.load('workflow', [
      {
        ...on,
        name: 'Tell owner',
        category: 0,
        mode: 0,
        primaryentity: 'account',
        triggeroncreate: false,
        triggeronupdateattributelist: 'name,telephone1',
      },
      {
        ...{ ...on, name: 'At once', category: 0, mode: 1, primaryentity: 'account', triggeroncreate: true },
        ...{ triggeronupdateattributelist: 'name', createstage: 20, updatestage: 40 },
      },
      { ...on, name: 'On demand', category: 0, mode: 0, primaryentity: 'account', triggeroncreate: false },
      { ...on, name: 'Of contacts', category: 0, mode: 0, primaryentity: 'contact', triggeroncreate: true },
      {
        ...on,
        name: 'Off',
        statecode: 0,
        statuscode: 1,
        category: 0,
        primaryentity: 'account',
        triggeroncreate: true,
      },
      { ...on, name: 'Limit', category: 2, primaryentity: 'account', processtriggerscope: 2 },
      { ...on, name: 'Of a form', category: 2, primaryentity: 'account', processtriggerscope: 1 },
      { ...on, name: 'Mail on tier', category: 5, primaryentity: 'none', clientdata: flow('account') },
      { ...on, name: 'Mail on lead', category: 5, primaryentity: 'none', clientdata: flow('lead') },
    ]);
    const [message] = org.load('sdkmessage', [{ name: 'Update' }]);
    const [filter] = org.load('sdkmessagefilter', [
      { primaryobjecttypecode: 'account', sdkmessageid: message! },
    ]);
    const step = {
      sdkmessageid: message!,
      sdkmessagefilterid: filter!,
      stage: 20,
      mode: 0,
      statecode: 0,
      statuscode: 1,
    };
    org.load('sdkmessageprocessingstep', [
      { ...step, name: 'Acme.Check', customizationlevel: 1, filteringattributes: 'creditlimit' },
      { ...step, name: 'Acme.Log', customizationlevel: 1, sdkmessagefilterid: null },
      { ...step, name: 'Of the platform', customizationlevel: 0 },
      { ...step, name: 'Off', customizationlevel: 1, statecode: 1, statuscode: 2 },
    ]);
    const found = await installer.automations(['account']);
    expect(found.map(({ kind, name, when }) => [kind, name, when])).toEqual([
      ['Business rule', 'Limit', 'on create and update'],
      ['Cloud flow', 'Mail on tier', 'on update of tierlink_tier, later'],
      ['Plug-in step', 'Acme.Check', 'on update of creditlimit, before'],
      ['Plug-in step', 'Acme.Log', 'on update, before'],
      ['Real-time workflow', 'At once', 'on create, before; on update of name, after'],
      ['Workflow', 'Tell owner', 'on update of name, telephone1, later'],
    ]);
  });
});

it('automation that others own may be hidden from a user who sees its own, and is then unknown', async () => {
  const { org, installer, standIn } = world;
  const give = (depth: 'Basic' | 'Global') => {
    const role = org.addRole(depth, {
      prvReadWorkflow: depth,
      prvReadSdkMessageProcessingStep: 'Global',
      prvReadSdkMessage: 'Global',
      prvReadSdkMessageFilter: 'Global',
    });
    org.grants.rolesOfUser.set(standIn.inside.users.integration, new Set([role]));
  };
  give('Basic');
  await expect(installer.automations(['account'])).rejects.toMatchObject({
    code: 'CRM_PERMISSION',
    data: { reason: 'it lacks prvReadWorkflow for the whole organization' },
  });
  give('Global');
  expect(await installer.automations(['account'])).toEqual([]);
});

describe('rights that installing takes', () => {
  const looking = ['Publisher', 'Solution', 'Role', 'SystemForm', 'BusinessUnit', 'User'].map(
    (what) => `prvRead${what}`,
  );
  const give = (names: readonly string[]) => {
    const { org, standIn } = world;
    const role = org.addRole(
      names.join(),
      Object.fromEntries(names.map((name) => [name, 'Global' as const])),
    );
    org.grants.rolesOfUser.set(standIn.inside.users.integration, new Set([role]));
  };
  const all = [
    'prvCreateAttribute',
    'prvCreateEntity',
    'prvCreateEntityKey',
    'prvCreatePublisher',
    'prvCreateRelationship',
    'prvCreateRole',
    'prvCreateSolution',
    'prvPublishCustomization',
    'prvWriteRole',
  ];

  const joining = ['AppendRole', 'AppendSolution', 'AppendToBusinessUnit', 'AppendToPublisher'].map(
    (what) => `prv${what}`,
  );

  it('are told of all parts that are to be made, to a user who may look only', async () => {
    give(looking);
    expect((await world.installer.inspect(parts)).lacks).toEqual(all);
    // Not every environment has those that join a row to another one by these names, so it is asked.
    give([...looking, 'prvReadPrivilege']);
    expect((await world.installer.inspect(parts)).lacks).toEqual([...all, ...joining].sort());
  });

  it('suffice for all of it where none is told to be lacking', async () => {
    give([...looking, ...all, 'prvReadPrivilege', ...joining]);
    expect((await world.installer.inspect(parts)).lacks).toEqual([]);
    await world.install(request);
    expect((await world.look(parts)).filter(isWrite)).toEqual([]);
  });

  it('are told of parts that are completed, too', async () => {
    await world.install(request);
    const { options } = world.org.table('account').columns.get('tierlink_picklist')!;
    options!.splice(1);
    world.org.grants.roles.get(roleId)!.delete('prvReadAccount');
    give(looking);
    expect((await world.installer.inspect(parts)).lacks).toEqual([
      'prvPublishCustomization',
      'prvWriteOptionSet',
      'prvWriteRole',
    ]);
  });
});
