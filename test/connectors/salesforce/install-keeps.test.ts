import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { installParts } from '../../../connectors/salesforce/provision/parts.ts';
import { PERMISSION_SET } from '../../../connectors/salesforce/provision/permissions.ts';
import { deployComponent } from '../../../connectors/salesforce/simulator/deploy/components.ts';
import { readers } from '../../../connectors/salesforce/simulator/deploy/describe-xml.ts';
import { parseXml } from '../../../connectors/simulation/xml-read.ts';
import { writeXml } from '../../../connectors/simulation/xml-write.ts';
import { isWrite } from '../../../src/install/steps.ts';
import { fromPackageRoot } from '../../../src/package-root.ts';
import { loadMappings } from '../../../src/sync/mapping/mapping.ts';
import type { ObjectMapping } from '../../../src/sync/mapping/schema.ts';
import { type InstallWorld, openInstallWorld, put } from './install-world.ts';

/** A deployment replaces what it names: whatever an org has of it besides what is added has to go back as it was read. */

let world: InstallWorld;
beforeEach(async () => {
  world = await openInstallWorld();
});
afterEach(() => world.simulator.close());

const FIELD = 'Account.Own_picklist__c';
const partner = {
  ...loadMappings(fromPackageRoot('mappings', 'salesforce')).find(({ name }) => name === 'partner')!,
  scope: {},
  attributes: {
    'extra.level': {
      ...{ field: 'Own_picklist__c', direction: 'out', required: false, onBlank: 'clear' },
      install: { type: 'picklist', label: 'Level', values: ['Basic', 'Gold'] },
    },
  },
} as unknown as ObjectMapping;
const parts = installParts({ mappings: [partner], kpis: [], tiers: [] });
const apply = async (name: string) => {
  const step = (await world.look(parts)).find(({ part }) => part.name === name)!;
  await world.installer.apply(step);
  return step;
};

/** Deploys a file as an org that has lived for a while gives it out. */
function deployFile(file: string, object = ''): void {
  const [name = '', kind = ''] = file.split('.');
  const xml = parseXml(
    readFileSync(fromPackageRoot('test', 'connectors', 'salesforce', 'org-files', file), 'utf8'),
  );
  const component = { path: file, kind, name, object, xml };
  deployComponent(world.org, component, [component]);
}

/** What the org answers, to the letter; what is empty there is not there for the platform. */
const told = (type: string, name: string) =>
  writeXml(type, readers[type]!(world.org, name)).replace(/<(\w+)><\/\1>/g, '');
const gold = (tag: string) => writeXml(tag, { fullName: 'Gold', default: false, label: 'Gold' });

it('a dependent picklist keeps its history, help, order, colors and dependencies', async () => {
  deployFile('Own_picklist__c.field', 'Account');
  const before = told('CustomField', FIELD);
  for (const kept of [
    '<trackHistory>true</trackHistory>',
    '<complianceGroup>GDPR;PII</complianceGroup>',
    'Do not change without them.\n</description>',
    '<inlineHelpText>  Which program the partner is in; &lt;ask&gt; "partner desk" </inlineHelpText>',
    '<sorted>true</sorted>',
    '<color>#0099CC</color>',
    '<label> Basic</label>',
    '<controllingField>Type</controllingField>',
    '<valueName>Old</valueName>',
  ])
    expect(before).toContain(kept);
  expect(await apply(FIELD)).toMatchObject({ action: 'extend', adds: ['Gold'] });
  const added = `${gold('value')}</valueSetDefinition>`;
  expect(told('CustomField', FIELD)).toBe(before.replace('</valueSetDefinition>', added));
});

it('a global value set keeps its own label, description, order and colors', async () => {
  deployFile('Levels.globalValueSet');
  const set = '<valueSet><restricted>true</restricted><valueSetName>Levels</valueSetName></valueSet>';
  const history = '<trackHistory>true</trackHistory>';
  const label = '<fullName>Own_picklist__c</fullName><label>Level</label><type>Picklist</type>';
  put(world.org, 'field', FIELD, `${label}${set}${history}`);
  const before = told('GlobalValueSet', 'Levels');
  expect(before).toContain('<description>Of accounts and of opportunities </description>');
  expect(before).toContain('<masterLabel>Levels of partners</masterLabel><sorted>true</sorted>');
  const field = told('CustomField', FIELD);
  expect(await apply(FIELD)).toMatchObject({ action: 'extend', adds: ['Gold'] });
  const last = '</customValue>';
  expect(told('GlobalValueSet', 'Levels')).toBe(before.replace(last, `${last}${gold('customValue')}`));
  expect(told('CustomField', FIELD)).toBe(field);
});

it('a permission set keeps its tabs, classes, pages, apps, record types and all rights of others', async () => {
  deployFile('Own_picklist__c.field', 'Account');
  deployFile(`${PERMISSION_SET}.permissionset`);
  const before = told('PermissionSet', PERMISSION_SET);
  const lists = ['fieldPermissions', 'objectPermissions', 'userPermissions'];
  const withoutLists = (text: string) =>
    lists.reduce((rest, list) => rest.replace(new RegExp(`<${list}>.*?</${list}>`, 'gs'), ''), text);
  for (const kept of ['standard__Sales', 'PartnerDesk', 'See_all_regions', 'wiki </description>'])
    expect(withoutLists(before)).toContain(kept);
  for (const { part } of (await world.look(parts)).filter(isWrite)) await apply(part.name);
  const after = told('PermissionSet', PERMISSION_SET);
  expect(withoutLists(after)).toBe(withoutLists(before));
  for (const [entry] of before.matchAll(/<(\w+Permissions)>.*?<\/\1>/gs)) expect(after).toContain(entry);
  expect(after).toContain('<field>Account.Own_picklist__c</field>');
});

it('a deployment that is taken back leaves the files as they were', async () => {
  deployFile('Own_picklist__c.field', 'Account');
  const before = told('CustomField', FIELD);
  const root = (name: string, inside: string) => `<${name}>${inside}</${name}>`;
  const named = [FIELD, 'Account.Bad__c'].map((each) => root('members', each)).join('');
  const types = root('types', `${named}<name>CustomField</name>`);
  const field = (name: string, type: string) =>
    root('fields', `<fullName>${name}</fullName><label>${name}</label><type>${type}</type>`);
  const files = new Map([
    ['package.xml', root('Package', types)],
    [
      'objects/Account.object',
      root('CustomObject', field('Own_picklist__c', 'Picklist') + field('Bad__c', 'Unknown')),
    ],
  ]);
  const { org, simulator } = world;
  const options = { checkOnly: false, rollbackOnError: true };
  const { id } = simulator.deployments.start(files, options, org.as(simulator.users.admin));
  await new Promise(setImmediate);
  expect(simulator.deployments.find(id, org.as(simulator.users.admin)).status).toBe('Failed');
  expect(told('CustomField', FIELD)).toBe(before);
});
