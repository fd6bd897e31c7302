import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { StandIn } from '../../connectors/salesforce/stand-in.ts';
import { connectors } from '../../src/registry.ts';
import { openWorld, type World } from './world.ts';

/** Installing into a Salesforce org to which nothing of ours was deployed, as a person does it from the command line. */

interface Step {
  kind: string;
  name: string;
  action: string;
  note: string | null;
}
interface Planned {
  plan: { steps: Step[]; automations: { object: string; name: string; when: string }[] | null };
}

let world: World;
beforeAll(async () => {
  world = await openWorld(connectors[0]!, {});
  await world.tierlink('check');
});
afterAll(() => world.close());

const simulator = () => (world.simulator as StandIn).simulator;
const named = (steps: readonly Step[], action: string) =>
  steps.filter((step) => step.action === action).map(({ kind, name }) => `${kind} ${name}`);

it('plans, makes what the mappings need, and then has nothing to do', async () => {
  simulator().tooling.add('ValidationRule', {
    ...{ EntityDefinitionId: 'Account', ValidationName: 'Has_Country', Active: true },
  });
  const file = join(world.folder, 'install.plan');
  const { plan } = await world.json<Planned>('install', 'plan', '--out', file);
  expect(named(plan.steps, 'create')).toEqual(
    expect.arrayContaining([
      'object Tierlink_Decision__c',
      'field Account.Tierlink_Id__c',
      'field Account.Partner_Tier__c',
      'permission Tierlink_Integration',
    ]),
  );
  expect(named(plan.steps, 'reuse')).toContain('field Account.Partner_Type__c');
  expect(named(plan.steps, 'missing')).toEqual([]);
  expect(plan.automations).toEqual([
    expect.objectContaining({ object: 'Account', name: 'Has_Country', when: 'on create and update' }),
  ]);
  expect((await world.tierlink('install', 'plan', '--exit-code')).exit).toBe(3);

  const applied = await world.json<{ made: Step[]; left: Step[]; run: string }>('install', 'apply', file);
  const completed = named(plan.steps, 'extend');
  expect(completed).toEqual(
    ['Partner_Tier', 'Partner_Tier_Status'].map((field) => `values Account.${field}__c in record types`),
  );
  expect(applied.made).toHaveLength(named(plan.steps, 'create').length + completed.length);
  expect(applied.left.filter(({ action }) => action !== 'byHand')).toEqual([]);
  expect((await world.tierlink('audit', '--run', applied.run)).out).toContain('installed in the CRM');
  const again = await world.tierlink('install', 'apply', file);
  expect([again.exit, again.out]).toEqual([0, expect.stringContaining('Nothing to do')]);
});

it('leaves an org that check, map check and sync are content with', async () => {
  expect((await world.tierlink('check')).exit).toBe(0);
  const check = await world.tierlink('map', 'check');
  expect([check.exit, check.out]).toEqual([0, expect.stringContaining('nothing to mend')]);
  await world.tierlink('connect', '--write-back', 'on', '--tiers', 'owned', '--confirm', 'demo');
  expect((await world.tierlink('sync')).exit).toBe(0);
  expect(simulator().org.dump('Tierlink_Decision__c').length).toBeGreaterThan(0);
});

it('says what is in the way, and writes nothing', async () => {
  const { schema } = simulator().org;
  const tier = schema.field(schema.object('Account')!, 'Partner_Tier__c')!;
  schema.putField('Account', { ...tier, type: 'double' });
  schema.removeField('Account', 'Partner_Tier_Since__c');
  const refused = await world.tierlink('install', 'apply', '--json');
  const { name, message } = JSON.parse(refused.out) as { name: string; message: string };
  expect([refused.exit, name]).toEqual([1, 'INSTALL_CONFLICT']);
  expect(message).toContain('Account.Partner_Tier__c: it is Number, and the mappings need Picklist');
  expect(schema.field(schema.object('Account')!, 'Partner_Tier_Since__c')).toBeUndefined();
});
