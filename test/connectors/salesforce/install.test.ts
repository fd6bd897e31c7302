import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { installParts } from '../../../connectors/salesforce/provision/parts.ts';
import { PERMISSION_SET } from '../../../connectors/salesforce/provision/permissions.ts';
import { source } from '../../../connectors/salesforce/provision.ts';
import { deploySource } from '../../../connectors/salesforce/simulator/deploy/source.ts';
import { assignPermissionSet, grant } from '../../../connectors/salesforce/simulator/grants.ts';
import { createSimulatedOrg } from '../../../connectors/salesforce/simulator/server.ts';
import { isWrite, shapeRecord } from '../../../src/install/steps.ts';
import { fromPackageRoot } from '../../../src/package-root.ts';
import { loadMappings } from '../../../src/sync/mapping/mapping.ts';
import type { ObjectMapping } from '../../../src/sync/mapping/schema.ts';
import { contentsOf, type InstallWorld, openInstallWorld, put } from './install-world.ts';

const mappings = loadMappings(fromPackageRoot('mappings', 'salesforce'));
const only = (name: string, more: Record<string, unknown> = {}): ObjectMapping => ({
  ...mappings.find((mapping) => mapping.name === name)!,
  ...more,
});
/** One field of every type that a mapping can ask for, beside what the decisions need. */
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
    const install = { type, label: type, to: 'Contact', values: 'tiers' };
    const field = `Own_${type}__c`;
    return [`extra.${type}`, { field, direction: 'out', required: false, onBlank: 'clear', install }];
  }),
);
const request = {
  mappings: [only('decision'), only('partner', { attributes: everyType, scope: {} })],
  kpis: [],
  tiers: ['Registered', 'Gold'],
};
const parts = installParts(request);
const objects = ['Account', 'Tierlink_Decision__c'];

let world: InstallWorld;
beforeEach(async () => {
  world = await openInstallWorld();
});
afterEach(() => world.simulator.close());

const faults = () => world.org.faults;
const deployments = () => world.simulator.deployments;
const stepOf = async (name: string, needed = parts) =>
  (await world.look(needed)).find(({ part }) => part.name === name)!;
/** A field that others made, by what is in its file. */
const theirs = (name: string, type: string, more = '') =>
  put(
    world.org,
    'field',
    `Account.${name}`,
    `<fullName>${name}</fullName><label>${name}</label><type>${type}</type>${more}`,
  );
const valuesOf = (name: string) =>
  world.org.schema
    .field(world.org.schema.object('Account')!, name)!
    .picklistValues.map(({ value, active }) => (active ? value : `(${value})`));
const listed = (tag: string, values: readonly string[]) =>
  values
    .map((value) => {
      const [text, active] = value.startsWith('(') ? [value.slice(1, -1), 'false'] : [value, 'true'];
      return `<${tag}><fullName>${text}</fullName><default>false</default><label>${text}!</label><isActive>${active}</isActive></${tag}>`;
    })
    .join('');

describe('what is installed over the wire', () => {
  it('is what the generated source brings, and is found again', async () => {
    const deployed = createSimulatedOrg({ empty: true }).org;
    const folder = mkdtempSync(join(tmpdir(), 'source-'));
    for (const { path, text } of source(request)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    deploySource(deployed, folder);
    const made = (await world.install(request)).filter(isWrite);
    const contents = contentsOf(deployed, objects, PERMISSION_SET);
    expect(contentsOf(world.org, objects, PERMISSION_SET)).toEqual(contents);
    expect(deployments().all()).toHaveLength(made.length);
    expect((await world.look(parts)).filter(isWrite)).toEqual([]);
  });

  it('says what the platform has against it, and changes nothing then', async () => {
    const lost = only('partner', {
      attributes: { ...everyType, 'extra.lookup': lookupTo('Gone__c') },
      scope: {},
    });
    const needed = installParts({ ...request, mappings: [lost] });
    const step = await stepOf('Account.Own_lookup__c', needed);
    await expect(world.installer.apply(step)).rejects.toMatchObject({
      code: 'INSTALL_REFUSED',
      data: {
        part: 'field Account.Own_lookup__c',
        reason: 'In field: referenceTo - no CustomObject named Gone__c found',
      },
    });
    expect(await stepOf('Account.Own_lookup__c', needed)).toMatchObject({ action: 'create' });
  });

  it('says who cancelled it', async () => {
    const release = deployments().hold();
    world.host.sleep = async () => {
      for (const { id } of deployments().all()) deployments().cancel(id, world.org.admin);
    };
    await expect(world.installer.apply(await stepOf('Account.Own_text__c'))).rejects.toMatchObject({
      code: 'INSTALL_REFUSED',
      data: { reason: expect.stringMatching(/^deployment 0Af\w+ was cancelled by Ada Admin$/) },
    });
    release();
  });

  it('waits for a deployment whose answer was lost, and does not deploy twice', async () => {
    const release = deployments().hold();
    faults().add({ kind: 'lost-answer', method: 'POST', path: 'deployRequest', times: 1 });
    const step = await stepOf('Account.Own_text__c');
    await expect(world.installer.apply(step)).rejects.toMatchObject({ retry: 'backoff' });
    expect(await stepOf('Account.Own_text__c')).toMatchObject({ action: 'create' });
    const sleep = world.host.sleep;
    world.host.sleep = async (ms) => {
      if (world.host.waited.length > 1) release();
      await sleep(ms);
    };
    await world.installer.apply(step);
    expect(deployments().all()).toHaveLength(1);
    expect(await stepOf('Account.Own_text__c')).toMatchObject({ action: 'exists' });
  });

  it.each(['Pending', 'FinalizingDeploy'] as const)(
    'waits for what somebody else deploys, and keeps what that brings: %s',
    async (status) => {
      theirs('Own_picklist__c', 'Picklist', valueSet(['Basic']));
      const step = await stepOf('Account.Own_picklist__c');
      const release = deployments().hold(status);
      deployValues(['Basic', 'Moon']);
      world.host.sleep = async () => release();
      await world.installer.apply(step);
      expect(valuesOf('Own_picklist__c')).toEqual(['Basic', 'Moon', 'Registered', 'Gold']);
    },
  );

  it('reads again what somebody else deployed between the look and the deployment', async () => {
    theirs('Own_picklist__c', 'Picklist', valueSet(['Basic']));
    const step = await stepOf('Account.Own_picklist__c');
    const { spend } = world.host;
    let calls = 0;
    world.host.spend = async (...call) => {
      calls += 1;
      // The fourth call asks whether anything was deployed since what is there was read.
      if (calls === 4) {
        deployValues(['Basic', 'Moon']);
        await new Promise((resolve) => setImmediate(resolve));
      }
      await spend(...call);
    };
    await world.installer.apply(step);
    expect(valuesOf('Own_picklist__c')).toEqual(['Basic', 'Moon', 'Registered', 'Gold']);
  });

  it('takes back what came to stand behind the deployment of somebody else, and reads what that brought', async () => {
    theirs('Own_picklist__c', 'Picklist', valueSet(['Basic']));
    const step = await stepOf('Account.Own_picklist__c');
    const { spend } = world.host;
    let calls = 0;
    let release = () => {};
    world.host.spend = async (...call) => {
      calls += 1;
      // The fifth call is the deployment itself.
      if (calls === 5) {
        release = deployments().hold();
        deployValues(['Basic', 'Moon']);
      }
      await spend(...call);
    };
    world.host.sleep = async () => release();
    await world.installer.apply(step);
    expect(valuesOf('Own_picklist__c')).toEqual(['Basic', 'Moon', 'Registered', 'Gold']);
    const statuses = deployments().all();
    expect(statuses.map(({ status }) => status)).toEqual(['Succeeded', 'Canceled', 'Succeeded']);
  });

  it('begins nothing behind a deployment that takes too long, and says which', async () => {
    const release = deployments().hold();
    deployValues(['Basic']);
    let now = Date.now();
    world.host.now = () => now;
    world.host.sleep = async (ms) => {
      now += ms * 100;
    };
    await expect(world.installer.apply(await stepOf('Account.Own_text__c'))).rejects.toMatchObject({
      code: 'INSTALL_WAITING',
      data: { work: `deployment ${deployments().all()[0]!.id}`, minutes: 30 },
    });
    expect(deployments().all()).toHaveLength(1);
    release();
  });
});

it('what is read goes on with a new session where the old one has ended', async () => {
  theirs('Own_date__c', 'Date');
  const { spend } = world.host;
  const texts = await stepOf('Account.Own_date__c');
  let calls = 0;
  const atRead = world.host.spent.length - 1;
  world.host.spend = async (...call) => {
    calls += 1;
    if (calls === atRead) world.simulator.tokens.expire('all');
    await spend(...call);
  };
  expect(await stepOf('Account.Own_date__c')).toEqual(texts);
});

const valueSet = (values: readonly string[]) =>
  `<valueSet><restricted>true</restricted><valueSetDefinition><sorted>false</sorted>${listed('value', values)}</valueSetDefinition></valueSet>`;

/** Deploys the picklist with these values, as somebody else than the user of the line does. */
function deployValues(values: readonly string[]): void {
  const file = (root: string, inside: string) => `<${root}>${inside}</${root}>`;
  const types =
    '<types><members>Account.Own_picklist__c</members><name>CustomField</name></types><version>67.0</version>';
  const field = `<fields><fullName>Own_picklist__c</fullName><label>Own</label><type>Picklist</type>${valueSet(values)}</fields>`;
  const files = new Map([
    ['package.xml', file('Package', types)],
    ['objects/Account.object', file('CustomObject', field)],
  ]);
  const { org, simulator } = world;
  const rights = ['CustomizeApplication', 'ModifyMetadata'].map(
    (name) => `<userPermissions><enabled>true</enabled><name>${name}</name></userPermissions>`,
  );
  put(org, 'permissionset', 'Release', `<label>Release</label>${rights.join('')}`);
  assignPermissionSet(org, 'Release', simulator.users.integration);
  const options = { checkOnly: false, rollbackOnError: true };
  deployments().start(files, options, org.as(simulator.users.integration));
}

function lookupTo(to: string) {
  return {
    ...{ field: 'Own_lookup__c', direction: 'out', required: false, onBlank: 'clear' },
    install: { type: 'lookup', label: 'lookup', to },
  };
}

describe('what is there already', () => {
  it('keeps its values when others are added, and one that was switched off is used again', async () => {
    const set = `<valueSet><restricted>true</restricted><valueSetDefinition><sorted>false</sorted>${listed('value', ['Basic', '(Gold)', '(Old)'])}</valueSetDefinition></valueSet>`;
    theirs('Own_picklist__c', 'Picklist', set);
    const step = await stepOf('Account.Own_picklist__c');
    expect([step.action, step.adds]).toEqual(['extend', ['Registered', 'Gold']]);
    await world.installer.apply(step);
    expect(valuesOf('Own_picklist__c')).toEqual(['Basic', 'Gold', '(Old)', 'Registered']);
    const field = world.org.schema.field(world.org.schema.object('Account')!, 'Own_picklist__c')!;
    expect([field.label, field.restrictedPicklist, field.picklistValues[0]!.label]).toEqual([
      'Own_picklist__c',
      true,
      'Basic!',
    ]);
  });

  it('is a global value set that gets the values, with all fields that follow it', async () => {
    put(world.org, 'globalValueSet', 'Levels', listed('customValue', ['Basic', 'Gold']));
    const set = '<valueSet><restricted>true</restricted><valueSetName>Levels</valueSetName></valueSet>';
    theirs('Own_picklist__c', 'Picklist', set);
    theirs('Other__c', 'Picklist', set);
    const step = await stepOf('Account.Own_picklist__c');
    const through = 'the global value set Levels, which other fields may follow';
    expect(step).toMatchObject({
      ...{ action: 'extend', adds: ['Registered'] },
      note: `it is completed through ${through}`,
    });
    expect(shapeRecord(step).after).toMatchObject({ values: 'Registered', through });
    await world.installer.apply(step);
    expect(['Own_picklist__c', 'Other__c'].map(valuesOf)).toEqual([
      ['Basic', 'Gold', 'Registered'],
      ['Basic', 'Gold', 'Registered'],
    ]);
    expect(await stepOf('Account.Own_picklist__c')).toMatchObject({ action: 'exists' });
  });

  it('is not touched where the org does not tell which values it has', async () => {
    theirs('Own_picklist__c', 'Picklist', valueSet([]));
    const step = await stepOf('Account.Own_picklist__c');
    world.org.schema.removeField('Account', 'Own_picklist__c');
    await expect(world.installer.apply(step)).rejects.toMatchObject({
      code: 'INSTALL_REFUSED',
      data: { reason: 'the org does not tell which values it has' },
    });
    expect(deployments().all()).toEqual([]);
  });

  it('is a permission set that keeps what others gave by it', async () => {
    await world.install({ ...request, mappings: [only('decision')] });
    const [set] = [...world.org.rows('PermissionSet')].filter(({ Name }) => Name === PERMISSION_SET);
    grant(world.org, String(set!.Id), {
      objects: [{ object: 'Lead', read: true, delete: true, edit: true }],
      fields: [{ field: 'Lead.Phone', read: true }],
    });
    world.org.setSystemFields(String(set!.Id), {
      Description: 'Ours & theirs',
      PermissionsViewAllData: true,
    });
    await world.install(request);
    expect((await world.look(parts)).filter(isWrite)).toEqual([]);
    const given = contentsOf(world.org, [], PERMISSION_SET);
    expect(Object.fromEntries(given.set)).toMatchObject({
      Description: 'Ours & theirs',
      PermissionsViewAllData: true,
    });
    const lead = given.grants.flat().filter((row) => row.includes('"Lead'));
    expect(lead).toEqual([
      expect.stringContaining('["PermissionsDelete",true]'),
      expect.stringContaining('"Lead.Phone"'),
    ]);
  });

  it.each([
    [
      'another type',
      () => theirs('Own_date__c', 'DateTime'),
      'Own_date__c',
      'it is DateTime, and the mappings need Date',
    ],
    [
      'a formula',
      () => theirs('Own_text__c', 'Text', '<formula>Name</formula>'),
      'Own_text__c',
      'it is a formula (Text), and the mappings need Text',
    ],
    [
      'a key that is not unique',
      () => theirs('Tierlink_Id__c', 'Text', '<length>40</length>'),
      'Tierlink_Id__c',
      'its externalId is false, and the mappings need true',
    ],
    [
      'a key that does not tell capitals from small letters',
      () =>
        theirs(
          'Tierlink_Id__c',
          'Text',
          '<length>40</length><externalId>true</externalId><unique>true</unique><caseSensitive>false</caseSensitive>',
        ),
      'Tierlink_Id__c',
      'its caseSensitive is false, and the mappings need true',
    ],
    [
      'a lookup to others',
      () =>
        theirs(
          'Own_lookup__c',
          'Lookup',
          '<referenceTo>Account</referenceTo><relationshipName>Owns</relationshipName>',
        ),
      'Own_lookup__c',
      'its to is Account, and the mappings need Contact',
    ],
  ])('stands in the way as %s', async (_, arrange, name, note) => {
    arrange();
    expect(await stepOf(`Account.${name}`)).toMatchObject({ action: 'conflict', note });
  });

  it('is left to a person where it is too short', async () => {
    theirs('Own_text__c', 'Text', '<length>20</length>');
    const key =
      '<length>18</length><externalId>true</externalId><unique>true</unique><caseSensitive>true</caseSensitive>';
    theirs('Tierlink_Id__c', 'Text', key);
    const needed = installParts({
      ...request,
      mappings: [only('partner', { attributes: everyType, scope: {} })],
    });
    expect(await stepOf('Account.Own_text__c', needed)).toMatchObject({
      action: 'byHand',
      note: expect.stringContaining('its length is 20'),
    });
    expect(await stepOf('Account.Tierlink_Id__c', needed)).toMatchObject({
      action: 'byHand',
      note: expect.stringContaining('its length is 18'),
    });
  });

  it('is missing where others have to make it, and the permission set waits for it', async () => {
    const needed = installParts({
      ...request,
      mappings: [
        only('partner', {
          attributes: { region: { field: 'Region__c', direction: 'in', required: false, onBlank: 'keep' } },
          scope: {},
        }),
      ],
    });
    expect(await stepOf('Account.Region__c', needed)).toMatchObject({ action: 'missing' });
    expect(await stepOf(PERMISSION_SET, needed)).toMatchObject({
      action: 'missing',
      note: 'it needs the field Account.Region__c, which is not there',
    });
  });
});

describe('rights that installing takes', () => {
  const all = ['CustomizeApplication', 'ManageProfilesPermissionsets', 'ModifyMetadata', 'ViewSetup'];
  /** Signs in as a user who has nothing but these, and reads these objects. */
  const asUserWith = async (names: readonly string[], objectNames: readonly string[] = []) => {
    await world.simulator.close();
    world = await openInstallWorld('integration');
    const { org, simulator } = world;
    const enabled = ['ApiEnabled', ...names].map(
      (name) => `<userPermissions><enabled>true</enabled><name>${name}</name></userPermissions>`,
    );
    const read = objectNames.map(
      (name) => `<objectPermissions><allowRead>true</allowRead><object>${name}</object></objectPermissions>`,
    );
    put(org, 'permissionset', 'Given', `<label>Given</label>${[...read, ...enabled].join('')}`);
    assignPermissionSet(org, 'Given', simulator.users.integration);
  };

  it('are told to a user who may look only, and the org refuses a deployment', async () => {
    await asUserWith(['ViewSetup'], ['Account']);
    const { lacks } = await world.installer.inspect(parts);
    expect(lacks).toEqual([
      'Customize Application',
      'Manage Profiles and Permission Sets',
      'Modify Metadata Through Metadata API Functions',
    ]);
    await expect(world.installer.apply(await stepOf('Account.Own_text__c'))).rejects.toMatchObject({
      code: 'INSTALL_RIGHTS',
      data: { rights: 'Modify Metadata Through Metadata API Functions' },
    });
    await expect(world.installer.publish([])).rejects.toMatchObject({ code: 'INSTALL_RIGHTS' });
    await expect(world.installer.automations(['Account'])).rejects.toMatchObject({
      code: 'CRM_PERMISSION',
      data: { reason: 'it lacks Modify Metadata Through Metadata API Functions' },
    });
  });

  it('are told of a layout that somebody has named and the user may not see, which is not missing', async () => {
    await asUserWith(['ViewSetup'], ['Account']);
    const needed = installParts({ ...request, layouts: ['Account-Account Layout'] }).filter(
      ({ kind }) => kind === 'layout',
    );
    expect(await stepOf('Account-Account Layout', needed)).toMatchObject({
      action: 'extend',
      note: 'the user may not see what is on it',
    });
    expect((await world.installer.inspect(needed)).lacks).toEqual([
      'Customize Application',
      'Modify Metadata Through Metadata API Functions',
    ]);
  });

  it('are found out by trying where the org does not tell them, and what describing shows is seen', async () => {
    await asUserWith(['ViewSetup'], ['Account']);
    theirs('Own_text__c', 'Text', '<length>255</length>');
    world.org.schema.removeField('UserPermissionAccess', 'PermissionsModifyMetadata');
    const { lacks, found } = await world.installer.inspect(parts);
    expect([lacks, found[0]]).toEqual([null, expect.objectContaining({ type: 'Standard object' })]);
  });

  it('suffice for all of it, and what nobody was given to see is found all the same', async () => {
    await asUserWith(all);
    expect((await world.installer.inspect(parts)).lacks).toEqual([]);
    await world.install(request);
    const there = await world.look(parts);
    expect(there.filter(isWrite)).toEqual([]);
    const own = there.find(({ part }) => part.name === `${PERMISSION_SET} for the user`)!;
    expect([own.action, own.note]).toEqual([
      'byHand',
      expect.stringContaining('it lacks edit Account, read Account, view all of Account'),
    ]);
    assignPermissionSet(world.org, PERMISSION_SET, world.simulator.users.integration);
    expect(await stepOf(`${PERMISSION_SET} for the user`)).toMatchObject({ action: 'reuse' });
  });
});
