import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { StandIn } from '../../connectors/dynamics/stand-in.ts';
import { commands } from '../../src/cli/commands/index.ts';
import { connectors } from '../../src/registry.ts';
import { run } from './harness.ts';
import { newFolder, openWorld, type World } from './world.ts';

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

    const undo = await world.tierlink('undo', applied.run);
    expect([undo.exit, undo.err]).toEqual([2, expect.stringMatching(/UNDO_INSTALL.*delete by hand/s)]);

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

it('tierlink install shows our fields on the forms that tierlink.yaml names', async () => {
  const formxml = '<form><tabs><tab name="general"><columns /></tab></tabs></form>';
  org().load('systemform', [{ name: 'Sales', objecttypecode: 'account', type: 2, formxml }]);
  const file = join(world.folder, 'tierlink.yaml');
  const text = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    text.replace('    crm: dynamics\n', '    crm: dynamics\n    layouts: [account-Sales, account-Absent]\n'),
  );
  const shown = await world.tierlink('install', 'plan');
  expect(shown.out).toMatch(/complete +layout +account-Sales +Main form; adds Partner tier/i);
  expect(shown.out).toMatch(/layout account-Absent - Power Apps > Tables > account > Forms > the name that/);
  expect((await world.tierlink('install', 'apply')).exit).toBe(68);
  const forms = org().dump('systemform');
  expect(forms.filter(({ objecttypecode }) => objecttypecode === 'account')).toMatchObject([
    { formxml: expect.stringContaining('datafieldname="tierlink_tier"') },
  ]);
  writeFileSync(file, text);
});

it('tierlink install plan says of what an installation has begun that it is gone on with', async () => {
  const key = org()
    .table('account')
    .keys.find(({ columns }) => columns[0] === 'tierlink_externalid')!;
  key.status = 'Failed';
  const mend = org().state.faults.add({ kind: 'status', status: 403, method: 'POST', path: 'PublishXml' });
  expect((await world.tierlink('install', 'apply')).exit).not.toBe(0);
  mend();
  key.status = 'Failed';
  const shown = await world.tierlink('install', 'plan');
  expect(shown.out).toMatch(/go on with +key +account\.tierlink_externalidkey/);
  expect(shown.out).toMatch(/Run r-\d+ has not come to its end\. What it made of account is not/);
  expect(shown.out).toContain('1 go on with');
  expect((await world.tierlink('install', 'apply')).exit).toBe(0);
  expect((await world.json<{ plan: { begun: unknown } }>('install', 'plan')).plan.begun).toBeNull();
});

describe('tierlink install, where it cannot', () => {
  it('names what it waits for', async () => {
    const file = join(world.folder, 'waiting.plan');
    await world.tierlink('install', 'plan', '--out', file);
    const fault = { kind: 'throttled', limit: 'requests', retryAfterSeconds: 3_600 } as const;
    const mend = org().state.faults.add({ ...fault, path: 'publishers' });
    const waiting = await world.tierlink('install', 'apply', file);
    mend();
    expect([waiting.exit, waiting.err]).toEqual([1, expect.stringMatching(/^Error CRM_QUOTA: /)]);
    expect(waiting.err).not.toContain('INTERNAL');
  });

  it('says what is in the way, and writes nothing', async () => {
    const { columns } = org().table('account');
    const tier = columns.get('tierlink_tier')!;
    columns.set('tierlink_tier', { ...tier, type: 'Integer' });
    columns.delete('tierlink_tiersince');
    const refused = await world.tierlink('install', 'apply', '--json');
    const { name, message } = JSON.parse(refused.out) as { name: string; message: string };
    expect([refused.exit, name]).toEqual([1, 'INSTALL_CONFLICT']);
    expect(message).toContain('account.tierlink_tier: it is Integer, and the mappings need String');
    expect(columns.has('tierlink_tiersince')).toBe(false);
    const { plan } = await world.json<Planned>('install', 'plan');
    expect(named(plan.steps, 'conflict')).toEqual(['field account.tierlink_tier']);
    columns.set('tierlink_tier', tier);
  });

  it('refuses a plan of other mappings, a file that is none, and to write over something else', async () => {
    const file = join(world.folder, 'other.plan');
    await world.tierlink('install', 'plan', '--out', file);
    const mapping = join(world.folder, 'mappings/dynamics/decision.yaml');
    const text = readFileSync(mapping, 'utf8');
    writeFileSync(mapping, text.replace('label: Movement, length: 40', 'label: Movement, length: 60'));
    const foreign = await world.tierlink('install', 'apply', file);
    expect([foreign.exit, foreign.err]).toEqual([1, expect.stringContaining('INSTALL_FOREIGN')]);
    writeFileSync(mapping, text);
    const none = await world.tierlink('install', 'apply', mapping);
    expect([none.exit, none.err]).toEqual([2, expect.stringContaining('INSTALL_INVALID')]);
    const other = await world.tierlink('install', 'plan', '--out', mapping);
    expect([other.exit, readFileSync(mapping, 'utf8')]).toEqual([2, text]);
    expect((await world.tierlink('install', 'apply', file)).exit).toBe(0);
  });
});

describe('a prefix of its own', () => {
  const init = async (...more: string[]) => {
    const folder = newFolder();
    const ran = await run(['init', folder, '--crm', 'dynamics', '--alias', 'prod', ...more], { commands });
    return { ...ran, folder };
  };

  it('is in the mappings, in the project and in what is installed', async () => {
    const { folder } = await init('--prefix', 'acme');
    expect(readFileSync(join(folder, 'mappings/dynamics/partner.yaml'), 'utf8')).toContain(
      'field: acme_tier',
    );
    expect(readFileSync(join(folder, 'tierlink.yaml'), 'utf8')).toContain('prefix: acme');
    const out = newFolder();
    const environment = { TIERLINK_PROJECT: folder };
    const made = await run(['install', 'source', '--out', out, '--with-optional'], { commands, environment });
    expect(made.exit).toBe(0);
    const solution = readFileSync(join(out, 'solution/Other/Solution.xml'), 'utf8');
    expect(solution).toContain('<CustomizationPrefix>acme</CustomizationPrefix>');
    expect(readFileSync(join(out, 'solution/Entities/Account/Entity.xml'), 'utf8')).not.toContain(
      'tierlink_',
    );
  });

  it('is refused where the CRM does not take it', async () => {
    const bad = await init('--prefix', 'MSCRM');
    expect([bad.exit, bad.err]).toEqual([2, expect.stringContaining('2 to 8 lower case letters')]);
    const { folder } = await init();
    const file = join(folder, 'tierlink.yaml');
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace('    crm: dynamics\n', '    crm: dynamics\n    prefix: "1x"\n'),
    );
    const environment = { TIERLINK_PROJECT: folder };
    const made = await run(['install', 'source', '--with-optional'], { commands, environment });
    expect([made.exit, made.err]).toEqual([2, expect.stringContaining('connections.prod.prefix')]);
  });
});
