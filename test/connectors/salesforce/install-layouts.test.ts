import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { installParts } from '../../../connectors/salesforce/provision/parts.ts';
import { keptFilesOf } from '../../../connectors/salesforce/simulator/deploy/kept-files.ts';
import { layoutNamed } from '../../../connectors/salesforce/simulator/deploy/layout.ts';
import type { InstallStep } from '../../../src/install/steps.ts';
import { fromPackageRoot } from '../../../src/package-root.ts';
import { loadMappings } from '../../../src/sync/mapping/mapping.ts';
import type { ObjectMapping } from '../../../src/sync/mapping/schema.ts';
import { type InstallWorld, openInstallWorld, put } from './install-world.ts';

const partner = loadMappings(fromPackageRoot('mappings', 'salesforce')).find(
  ({ name }) => name === 'partner',
)!;
const attribute = (field: string, direction: string) => ({
  ...{ field, direction, required: false, onBlank: 'clear' },
  install: { type: 'text', label: field },
});
const attributes = {
  'extra.told': attribute('Told__c', 'out'),
  'extra.asked': attribute('Asked__c', 'in'),
  'extra.shown': attribute('Shown__c', 'out'),
};
const request = (layouts: readonly string[] = []) => ({
  ...{ mappings: [{ ...partner, attributes, scope: {} } as unknown as ObjectMapping], kpis: [], tiers: [] },
  layouts,
});

let world: InstallWorld;
beforeEach(async () => {
  world = await openInstallWorld();
});
afterEach(() => world.simulator.close());

const stepOf = async (name: string, layouts: readonly string[] = []) =>
  (await world.look(installParts(request(layouts)))).find(
    ({ part }) => part.kind === 'layout' && part.name === name,
  );
const item = (field: string, behavior: string) =>
  `<layoutItems><behavior>${behavior}</behavior><field>${field}</field></layoutItems>`;
/** A layout as people have arranged it. */
const arranged = (more: string) =>
  [
    '<excludeButtons>Submit</excludeButtons>',
    `<layoutSections><customLabel>true</customLabel><label>Facts &amp; figures</label><layoutColumns>${item('Name', 'Required')}${more}<layoutItems><emptySpace>true</emptySpace></layoutItems></layoutColumns><layoutColumns/><style>TwoColumnsLeftToRight</style></layoutSections>`,
    '<layoutSections><label>Links</label><layoutColumns/><layoutColumns/><layoutColumns/><style>CustomLinks</style></layoutSections>',
    '<quickActionList/><relatedLists><fields>FULL_NAME</fields><relatedList>RelatedContactList</relatedList></relatedLists>',
  ].join('');

it('is told of the layouts that there are where none is named', async () => {
  await world.install(request());
  expect(await stepOf('Account page layouts')).toMatchObject({
    action: 'byHand',
    note: 'it lacks Told__c, Asked__c, Shown__c',
    part: { setUp: expect.stringContaining('name it in tierlink.yaml') },
  });
  put(world.org, 'layout', 'Account-Partner Layout', arranged(item('Told__c', 'Edit')));
  put(
    world.org,
    'layout',
    'Account-Other Layout',
    arranged(item('Asked__c', 'Edit') + item('Shown__c', 'Edit')),
  );
  expect(await stepOf('Account page layouts')).toMatchObject({ action: 'reuse' });
});

it('gets a section with what it lacks, and keeps what people have arranged', async () => {
  const name = 'Account-Partner %28EMEA%29 Layout';
  await world.install(request());
  put(world.org, 'layout', name, arranged(item('Shown__c', 'Edit')));
  const before = structuredClone(layoutNamed(world.org, name)!);
  const named = ['Account-Partner (EMEA) Layout'];
  expect(await stepOf(named[0]!, named)).toMatchObject({ action: 'extend', adds: ['Told__c', 'Asked__c'] });
  expect(await stepOf('Account page layouts', named)).toBeUndefined();
  await world.install(request(named));

  const { layoutSections, ...rest } = layoutNamed(world.org, name)!;
  const [facts, ours, links, ...more] = layoutSections!;
  const { layoutSections: sections, ...kept } = before;
  expect([rest, [facts, links], more]).toEqual([kept, sections, []]);
  expect(ours).toMatchObject({
    customLabel: ['true'],
    label: ['Partner program'],
    layoutColumns: [
      { layoutItems: [{ behavior: ['Readonly'], field: ['Told__c'] }] },
      { layoutItems: [{ behavior: ['Edit'], field: ['Asked__c'] }] },
    ],
  });
  expect(await stepOf(named[0]!, named)).toMatchObject({ action: 'reuse', adds: [] });
});

it('gets a field of a later mapping into the section that is there', async () => {
  const named = ['Account-Account Layout'];
  const [first] = request(named).mappings;
  const { 'extra.shown': _, ...fewer } = attributes;
  await world.install({ ...request(named), mappings: [{ ...first!, attributes: fewer } as never] });
  await world.install(request(named));
  const sections = layoutNamed(world.org, named[0]!)!.layoutSections!;
  const ours = sections.filter((each) => JSON.stringify(each).includes('Partner program'));
  expect(ours).toHaveLength(1);
  expect(JSON.stringify(ours)).toMatch(/Told__c.*Shown__c.*Asked__c/);
  expect(sections.map((each) => (each as { style: string[] }).style[0]).at(-1)).toBe('CustomLinks');
});

it('is as if it had been deployed once when the answer was lost, or somebody had put a field there meanwhile', async () => {
  const named = ['Account-Account Layout'];
  await world.install(request());
  const step = (await stepOf(named[0]!, named))!;
  await world.installer.apply(step);
  const once = structuredClone(layoutNamed(world.org, named[0]!));
  await world.installer.apply(step);
  expect(layoutNamed(world.org, named[0]!)).toEqual(once);
});

it('that comes with an object of ours is completed in the run that makes it', async () => {
  const name = 'Tierlink_Decision__c-Tierlink Decision Layout';
  const decision = loadMappings(fromPackageRoot('mappings', 'salesforce')).find(
    (each) => each.name === 'decision',
  )!;
  const needed = { ...request([name]), mappings: [decision] };
  const steps = await world.install(needed);
  expect(steps.at(-1)).toMatchObject({ action: 'extend', found: null, part: { name } });
  expect(JSON.stringify(layoutNamed(world.org, name))).toMatch(/Partner program.*Summary__c/);
  const after = (await world.look(installParts(needed))).find(({ part }) => part.name === name);
  expect(after).toMatchObject({ action: 'reuse' });
});

it('keeps what somebody changes in Set-up while the deployment waits its turn', async () => {
  const named = ['Account-Partner Layout'];
  await world.install(request());
  put(world.org, 'layout', named[0]!, arranged(''));
  const step = (await stepOf(named[0]!, named))!;
  const release = world.simulator.deployments.hold();
  let sleeps = 0;
  world.host.sleep = async () => {
    sleeps += 1;
    if (sleeps === 1) put(world.org, 'layout', named[0]!, arranged(item('Phone', 'Edit')));
    if (sleeps === 3) release();
  };
  await world.installer.apply(step);
  const after = JSON.stringify(layoutNamed(world.org, named[0]!));
  expect(after).toMatch(/"Phone".*Partner program.*Told__c/);
  const statuses = world.simulator.deployments.all().map(({ status }) => status);
  expect(statuses.slice(-2)).toEqual(['Canceled', 'Succeeded']);
});

describe('a deployment that would replace it', () => {
  const named = ['Account-Partner Layout'];
  const edited = () => put(world.org, 'layout', named[0]!, arranged(item('Phone', 'Edit')));

  async function waiting(): Promise<{ step: InstallStep; release: () => void }> {
    await world.install(request());
    put(world.org, 'layout', named[0]!, arranged(''));
    const step = (await stepOf(named[0]!, named))!;
    return { step, release: world.simulator.deployments.hold() };
  }

  it('does not stay behind when it is waited for no longer', async () => {
    const { step, release } = await waiting();
    const stop = new AbortController();
    world.host.sleep = async (_ms, signal) => {
      stop.abort();
      signal?.throwIfAborted();
    };
    await expect(world.installer.apply(step, stop.signal)).rejects.toThrow();
    edited();
    release();
    await new Promise((resolve) => setImmediate(resolve));
    expect(world.simulator.deployments.all().at(-1)?.status).toBe('Canceled');
    expect(JSON.stringify(layoutNamed(world.org, named[0]!))).toContain('"Phone"');
  });

  it('and comes before it can be taken back is told, with where to look', async () => {
    const { step, release } = await waiting();
    const { spend } = world.host;
    let calls = Number.NaN;
    world.host.sleep = async () => {
      if (Number.isNaN(calls)) {
        edited();
        calls = 0;
      }
    };
    world.host.spend = async (...call) => {
      calls += 1;
      // The third one after the edit takes it back: it is looked at before, and what it was made of.
      if (calls === 3) {
        release();
        await new Promise((resolve) => setImmediate(resolve));
      }
      await spend(...call);
    };
    await expect(world.installer.apply(step)).rejects.toMatchObject({
      code: 'INSTALL_OVERTAKEN',
      data: { part: 'layout Account-Partner Layout', setUp: 'Setup > View Setup Audit Trail' },
    });
    expect(world.simulator.deployments.all().at(-1)?.status).toBe('Succeeded');
  });
});

it('is missing where nothing has the name, be it of an object or of a layout', async () => {
  const named = ['Account-Partnr Layout', 'Acount-Account Layout', 'Account'];
  for (const name of named) expect(await stepOf(name, named)).toMatchObject({ action: 'missing' });
  expect([...keptFilesOf(world.org).keys()]).toEqual([]);
});
