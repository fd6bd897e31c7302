import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { StandIn } from '../../connectors/dynamics/stand-in.ts';
import { connectors } from '../../src/registry.ts';
import { openWorld, type World } from './world.ts';

/** Installing into an org to which nothing of ours was deployed, as a person does it from the command line. */

interface Step {
  kind: string;
  name: string;
  action: string;
  note: string | null;
}
interface Planned {
  plan: { id: string; steps: Step[]; automations: { object: string; name: string; when: string }[] | null };
}

let world: World;
beforeAll(async () => {
  world = await openWorld(connectors[1]!, {});
  await world.tierlink('check');
});
afterAll(() => world.close());

const org = () => (world.simulator as StandIn).inside.org;
const named = (steps: readonly Step[], action: string) =>
  steps.filter((step) => step.action === action).map(({ kind, name }) => `${kind} ${name}`);

describe('tierlink install', () => {
  it('plans, makes what the mappings need, and then has nothing to do', async () => {
    const file = join(world.folder, 'install.plan');
    const { plan } = await world.json<Planned>('install', 'plan', '--out', file);
    expect(named(plan.steps, 'create').slice(0, 2)).toEqual(['package tierlink', 'package Tierlink']);
    expect(named(plan.steps, 'create')).toEqual(
      expect.arrayContaining([
        'object tierlink_decision',
        'field account.tierlink_tier',
        'field tierlink_decision.tierlink_accountid',
        'key account.tierlink_externalidkey',
        'permission Tierlink Integration',
      ]),
    );
    expect(named(plan.steps, 'reuse')).toContain('field account.nw_partnertype');
    expect(named(plan.steps, 'missing')).toEqual([]);
    const shown = await world.tierlink('install', 'plan');
    expect(shown.out).toContain('account.tierlink_tier');
    expect((await world.tierlink('install', 'plan', '--exit-code')).exit).toBe(3);

    const applied = await world.json<{ made: Step[]; left: Step[]; run: string }>('install', 'apply', file);
    expect(applied.made).toHaveLength(named(plan.steps, 'create').length);
    expect(applied.left.filter(({ action }) => action !== 'byHand')).toEqual([]);
    expect(org().table('account').columns.get('tierlink_tier')).toMatchObject({
      type: 'String',
      maxLength: 80,
    });
    const audit = await world.tierlink('audit', '--run', applied.run);
    expect(audit.out).toContain('installed in the CRM');

    const again = await world.tierlink('install', 'apply', file);
    expect([again.exit, again.out]).toEqual([0, expect.stringContaining('Nothing to do')]);
    expect((await world.tierlink('install', 'plan', '--exit-code')).exit).toBe(0);
  });

  it('leaves an org that check, map check and sync are content with', async () => {
    expect((await world.tierlink('check')).exit).toBe(0);
    const check = await world.tierlink('map', 'check');
    expect([check.exit, check.out]).toEqual([0, expect.stringContaining('0 errors')]);
    await world.tierlink('connect', '--write-back', 'on', '--tiers', 'owned', '--confirm', 'demo');
    const sync = await world.tierlink('sync');
    expect([sync.exit, sync.err]).toEqual([0, expect.anything()]);
    expect(org().dump('tierlink_decision').length).toBeGreaterThan(0);
  });
});
