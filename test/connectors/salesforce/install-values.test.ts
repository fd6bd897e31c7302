import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { recordTypesWith } from '../../../connectors/salesforce/install/record-types.ts';
import { installParts } from '../../../connectors/salesforce/provision/parts.ts';
import { readers } from '../../../connectors/salesforce/simulator/deploy/describe-xml.ts';
import { recordTypeOutput } from '../../../connectors/salesforce/simulator/deploy/record-type.ts';
import { deployStandardValues } from '../../../connectors/salesforce/simulator/deploy/standard-value-sets.ts';
import { parseXml } from '../../../connectors/simulation/xml-read.ts';
import { isWrite } from '../../../src/install/steps.ts';
import { fromPackageRoot } from '../../../src/package-root.ts';
import { loadMappings } from '../../../src/sync/mapping/mapping.ts';
import type { ObjectMapping } from '../../../src/sync/mapping/schema.ts';
import { type InstallWorld, openInstallWorld, put } from './install-world.ts';

/** Values of picklists that are not in the field alone: sets of the platform's own, and the lists of record types. */

const mappings = loadMappings(fromPackageRoot('mappings', 'salesforce'));
const picklist = (field: string, values: readonly string[]) => ({
  ...{ field, direction: 'out', required: false, onBlank: 'clear' },
  install: { type: 'picklist', label: field, values },
});
const only = (name: string, fields: Record<string, readonly string[]>, scope = {}) => ({
  mappings: [
    {
      ...mappings.find((each) => each.name === name)!,
      ...{ scope, key: undefined, credits: undefined, of: undefined },
      attributes: Object.fromEntries(
        Object.entries(fields).map(([field, values]) => [`extra.${field}`, picklist(field, values)]),
      ),
    } as unknown as ObjectMapping,
  ],
  ...{ kpis: [], tiers: [] },
});

let world: InstallWorld;
beforeEach(async () => {
  world = await openInstallWorld();
});
afterEach(async () => {
  jest.restoreAllMocks();
  await world.simulator.close();
});

type Request = ReturnType<typeof only>;
const stepOf = async (name: string, request: Request) =>
  (await world.look(installParts(request))).find(({ part }) => part.name === name)!;
const activeOf = (object: string, field: string) =>
  world.org.schema
    .field(world.org.schema.object(object)!, field)!
    .picklistValues.filter(({ active }) => active)
    .map(({ value }) => value);

const value = (name: string, label: string) =>
  `<standardValue><fullName>${name}</fullName><default>false</default><label>${label}</label></standardValue>`;

describe("a set of the platform's own", () => {
  const request = only('deal', { LeadSource: ['Web', 'Partner Portal'] });
  const sharing = [
    'Account.AccountSource',
    'Contact.LeadSource',
    'Lead.LeadSource',
    'Opportunity.LeadSource',
  ];

  it('gets a value beside its own, in all fields that follow it, and is found again', async () => {
    const before = activeOf('Opportunity', 'LeadSource');
    const step = await stepOf('Opportunity.LeadSource', request);
    expect(step).toMatchObject({ action: 'extend', adds: ['Partner Portal'] });
    expect(step.note).toBe(
      `it is completed through the standard value set LeadSource, from which ${sharing.join(', ')} take their values`,
    );
    await world.install(request);
    for (const path of sharing) {
      const [object = '', field = ''] = path.split('.');
      expect(activeOf(object, field)).toEqual([...before, 'Partner Portal']);
    }
    expect((await world.look(installParts(request))).filter(isWrite)).toEqual([]);
  });

  it('keeps the values that reading it leaves out, with their labels', async () => {
    deployStandardValues(
      world.org,
      'LeadSource',
      parseXml(`<it>${value('Web', 'Website')}${value('Fair', 'Trade fair')}<sorted>false</sorted></it>`),
    );
    const read = readers.StandardValueSet!;
    jest.spyOn(readers as Record<string, typeof read>, 'StandardValueSet').mockImplementation((...of) => ({
      ...read(...of)!,
      standardValue: [{ fullName: 'Web', default: false, label: 'Website' }],
    }));
    await world.install(request);
    const { picklistValues } = world.org.schema.field(world.org.schema.object('Lead')!, 'LeadSource')!;
    const shown = picklistValues.filter(({ active }) => active).map((each) => [each.value, each.label]);
    expect(shown).toEqual([
      ['Web', 'Website'],
      ['Fair', 'Trade fair'],
      ['Partner Portal', 'Partner Portal'],
    ]);
  });

  it.each([
    ['lead', 'Lead.Status'],
    ['deal', 'Opportunity.StageName'],
    ['case', 'Case.Status'],
  ])('is left to a person where a value means more than its name says: %s', async (name, path) => {
    const [, field = ''] = path.split('.');
    const step = await stepOf(path, only(name, { [field]: ['Won by a partner'] }));
    expect(step).toMatchObject({ action: 'byHand', note: 'it lacks Won by a partner' });
    expect(step.part.setUp).toMatch(new RegExp(`Fields & Relationships > ${field}$`));
  });

  it('is left to a person where the mapping writes a value and does not say that it is to be installed', async () => {
    // An old value that is only read stands for the same as one that is sent.
    const map = { Web: 'web', 'Partner Portal': 'portal', 'Old Portal': 'portal' };
    const written = (field: string) => ({
      ...{ field, direction: 'out', transform: { kind: 'values', map, others: 'reject' } },
    });
    const [mapping] = only('deal', {}).mappings;
    const attributes = { 'extra.source': written('LeadSource'), name: written('Name') };
    const needed = { ...request, mappings: [{ ...mapping!, attributes } as unknown as ObjectMapping] };
    expect(await stepOf('Opportunity.LeadSource', needed)).toMatchObject({
      ...{ action: 'byHand', note: 'it lacks Partner Portal' },
      part: { setUp: 'Setup > Object Manager > Opportunity > Fields & Relationships > LeadSource' },
    });
    expect(await stepOf('Opportunity.Name', needed)).toMatchObject({ action: 'reuse' });
  });

  it('loses what its file leaves out, and may not be empty', () => {
    const deploy = (inside: string) =>
      deployStandardValues(world.org, 'LeadSource', parseXml(`<it>${inside}<sorted>false</sorted></it>`));
    expect(() => deploy('')).toThrow('at least one standardValue');
    deploy(value('Web', 'Web'));
    expect(activeOf('Lead', 'LeadSource')).toEqual(['Web']);
  });
});

describe('the record types of an object', () => {
  const request = only('partner', { Level__c: ['Basic', 'R&D / Gold (new)'] }, { recordTypes: ['Partner'] });
  const name = 'Account.Level__c in record types';
  const others = '<picklist>Industry</picklist><values><fullName>Banking</fullName></values>';
  const recordType = (each: string, more = '') =>
    put(
      world.org,
      'recordType',
      `Account.${each}`,
      `<fullName>${each}</fullName><label>${each}</label><active>true</active>${more}`,
    );
  const typeId = (each: string) =>
    String([...world.org.rows('RecordType')].find(({ DeveloperName }) => DeveloperName === each)?.Id);
  const write = (each: string, value: string) =>
    world.org.insert('Account', [{ Name: 'A', RecordTypeId: typeId(each), Level__c: value }])[0]!;

  it('offer a new value once it is in their lists, which the run that makes the field sees to', async () => {
    recordType('Partner', `<picklistValues>${others}</picklistValues>`);
    recordType('Customer');
    expect(await stepOf(name, request)).toMatchObject({
      ...{ action: 'extend', found: null, adds: ['Basic', 'R&D / Gold (new)'] },
      part: { kind: 'values', setUp: expect.stringMatching(/Record Types > each of them > Picklists/) },
    });
    const field = (await world.look(installParts(request))).find(
      ({ part }) => part.name === 'Account.Level__c',
    )!;
    await world.installer.apply(field);
    expect(write('Partner', 'Basic').errors[0]).toMatchObject({
      statusCode: 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
      message: 'Level__c: bad value for restricted picklist field: Basic',
    });
    await world.install(request);
    expect(write('Partner', 'R&D / Gold (new)').success).toBe(true);
    // Not of those that the mapping has to do with.
    expect(write('Customer', 'Basic').success).toBe(false);
    expect(world.org.insert('Account', [{ Name: 'A', Level__c: 'Basic' }])[0]!.success).toBe(true);
    expect(await stepOf(name, request)).toMatchObject({ action: 'reuse' });
  });

  // As in files of orgs: letters of any language, blanks, hyphens and underscores stay.
  it('have the signs of a value escaped as orgs escape them', async () => {
    recordType('Partner');
    const value = "Größe_2 - d'or (10.5)!";
    const asked = only('partner', { Level__c: [value] }, { recordTypes: ['Partner'] });
    await world.install(asked);
    expect(write('Partner', value).success).toBe(true);
    const escaped = 'Größe_2 - d%27or %2810%2E5%29%21';
    const lists = recordTypeOutput(world.org, 'Account.Partner')!.picklistValues;
    expect(JSON.stringify(lists)).toContain(`"fullName":"${escaped}"`);
    const made = recordTypesWith([['Account.Partner', { fullName: ['Account.Partner'] }]], {
      ...{ object: 'Account', field: 'Level__c', values: [value] },
    });
    expect(made?.text).toContain(`<fullName>${escaped}</fullName>`);
    expect(await stepOf(name, asked)).toMatchObject({ action: 'reuse' });
  });

  it('keep their own lists, and are all of them where the mapping names none', async () => {
    recordType('Partner', `<picklistValues>${others}</picklistValues>`);
    recordType('Customer');
    recordType('Old');
    world.org.setSystemFields(typeId('Old'), { IsActive: false });
    const all = only('partner', { Level__c: ['Basic'] });
    await world.install(all);
    for (const each of ['Partner', 'Customer']) expect(write(each, 'Basic').success).toBe(true);
    const industry = { Name: 'A', RecordTypeId: typeId('Partner'), Industry: 'Energy' };
    world.org.schema.putField('Account', {
      ...world.org.schema.field(world.org.schema.object('Account')!, 'Industry')!,
      restrictedPicklist: true,
    });
    expect(world.org.insert('Account', [industry])[0]!.success).toBe(false);
    expect(await stepOf('Account.Level__c in record types', all)).toMatchObject({ action: 'reuse' });
  });

  it('stay out of a deployment that is for others', async () => {
    recordType('Partner');
    recordType('Customer');
    await world.install(request);
    await world.install(only('partner', { Level__c: ['Basic', 'R&D / Gold (new)'] }));
    const { messages } = world.simulator.deployments
      .all()
      .findLast((one) => one.messages.some(({ componentType }) => componentType === 'RecordType'))!;
    expect(messages.map(({ fullName }) => fullName)).toContain('Account.Customer');
    expect(messages.map(({ fullName }) => fullName)).not.toContain('Account.Partner');
  });

  it('that a mapping names and that are not in use are a person’s matter', async () => {
    recordType('Reseller');
    await world.install(request);
    const note = 'the org has no record type Partner that is in use; it has to have Basic, R&D / Gold (new)';
    expect(await stepOf(name, request)).toMatchObject({ action: 'byHand', note });
    recordType('Partner');
    world.org.setSystemFields(typeId('Partner'), { IsActive: false });
    expect(await stepOf(name, request)).toMatchObject({ action: 'byHand', note });
    const two = only('partner', { Level__c: ['Basic'] }, { recordTypes: ['Partner', 'Reseller'] });
    expect(await stepOf(name, two)).toMatchObject({ action: 'extend', adds: ['Basic'] });
    await world.install(two);
    expect(await stepOf(name, two)).toMatchObject({ action: 'byHand' });
  });

  it('have nothing to do where there are none, and are named to whoever may not see what they offer', async () => {
    expect(await stepOf(name, only('partner', { Level__c: ['Basic'] }))).toMatchObject({ action: 'reuse' });
    await world.simulator.close();
    world = await openInstallWorld('integration');
    expect(await stepOf(name, request)).toMatchObject({
      action: 'byHand',
      note: 'the user may not see what they offer; it has to have Basic, R&D / Gold (new)',
    });
  });

  it('are refused a value that the picklist does not have', () => {
    const list =
      '<picklistValues><picklist>Industry</picklist><values><fullName>Moon</fullName></values></picklistValues>';
    expect(() => recordType('Partner', list)).toThrow('Picklist value: Moon in picklist: Industry not found');
    expect([...world.org.rows('RecordType')]).toEqual([]);
  });
});
