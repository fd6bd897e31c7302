import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { commands } from '../../src/cli/commands/index.ts';
import type { Store } from '../../src/store/store.ts';
import { openTestStore } from '../services/test-store.ts';
import { type Ran, run } from './harness.ts';
import { jsonOf, openWorld, type World } from './world.ts';

/** Links as a person works with them: list, show, suggest, move, break, make, keep apart. */
let world: World;
let store: Store;
let partners: { crmId: string; recordId: string; name: string }[];
beforeAll(async () => {
  world = await openWorld();
  store = await openTestStore();
  await json('sync');
  partners = (await json<{ links: typeof partners }>('links', '--entity', 'partner')).links;
});
afterAll(async () => {
  await store.close();
  await world.close();
});

const tierlink = (...argv: string[]): Promise<Ran> =>
  run([...argv, '--time-zone', 'UTC', '--no-color', '--no-input'], {
    commands,
    environment: { TIERLINK_PROJECT: world.folder },
    store,
    columns: 200,
    terminal: !argv.includes('--json'),
  });
const json = <T = Record<string, unknown>>(...argv: string[]) => jsonOf<T>(tierlink, argv);

describe('links', () => {
  it('are listed by connection, object, entity, partner and state, with how many there are beyond', async () => {
    const [first] = partners;
    const ran = await tierlink('links', '--entity', 'partner', '--limit', '1');
    expect(ran.out).toMatch(new RegExp(`Account +${first!.crmId} +partner +${first!.recordId}`));
    expect(ran.out).toMatch(/In step +its own/);
    expect(ran.out).toContain(`... ${partners.length - 1} more`);
    const of = await json<{ links: { entity: string }[] }>('links', '--partner', first!.name);
    expect(new Set(of.links.map(({ entity }) => entity)).size).toBeGreaterThan(1);
    expect((await json<{ links: [] }>('links', '--state', 'broken')).links).toEqual([]);
    expect((await tierlink('links', '--object', 'Nonsense')).exit).toBe(2);
  });

  it('are moved after a look at what would change, and shown with whom they are kept apart from', async () => {
    const [one, two] = partners as [(typeof partners)[0], (typeof partners)[0]];
    const tried = await tierlink('links', 'move', two.crmId, one.name, '--dry-run');
    expect(tried.out).toContain(`${two.crmId} would be ${one.name}, not ${two.name}.`);
    expect(tried.out).toContain(`${two.recordId} counts no longer`);
    expect(tried.out).toMatch(/reads what points to it once more: .*deals/);
    const { links } = await json<{ links: { crmId: string; by: string }[] }>('links', 'show', two.recordId);
    expect(links.map(({ by }) => by)).toEqual(['own', 'lookup']);
    const describing = await tierlink('links', 'break', links[1]!.crmId, '--reason', 'x');
    expect(describing.err).toContain('LINK_DESCRIBES');
    const moved = await tierlink('links', 'move', two.crmId, one.recordId, '--reason', 'entered twice');
    expect(moved.exit).toBe(0);
    expect(moved.err).toContain(`tierlink links move ${two.crmId} ${two.recordId} --reason "..."`);
    const shown = await tierlink('links', 'show', one.recordId);
    expect(shown.out).toContain(two.crmId);
    expect(shown.out).toMatch(/Kept apart from[\s\S]*entered twice/);
    const audit = await tierlink('audit', '--partner', one.name);
    expect(audit.out).toContain('entered twice');
    await json('sync');
    await json('links', 'move', two.crmId, two.recordId, '--reason', 'a mistake');
    await json('sync');
  });

  it('are broken and made again; between the two the record counts nowhere', async () => {
    const [, , three] = partners as [unknown, unknown, (typeof partners)[0]];
    const broken = await tierlink('links', 'break', three.crmId, '--reason', 'a test account');
    expect(broken.out).toContain(`${three.crmId} is not ${three.name}: it is left out from now on.`);
    expect(broken.err).toContain(`tierlink links make ${three.crmId} ${three.recordId} --reason "..."`);
    await json('sync', '--full');
    const { links } = await json<{ links: { crmId: string }[] }>('links', '--state', 'broken');
    expect(links.map(({ crmId }) => crmId)).toEqual([three.crmId]);
    const listed = await tierlink('partners');
    expect(listed.out).not.toContain(three.name);
    const twice = await tierlink('links', 'break', three.crmId, '--reason', 'again');
    expect(twice.err).toContain('LINK_BROKEN');
    await json('links', 'make', three.crmId, three.recordId, '--reason', 'it is none');
    await json('sync');
    expect((await tierlink('partners')).out).toContain(three.name);
  });

  it('that cannot be are refused with what to do', async () => {
    const [one] = partners;
    for (const [argv, code] of [
      [['links', 'show', 'nobody'], 'LINK_RECORD_UNKNOWN'],
      [['links', 'break', '001NOTHERE', '--reason', 'x'], 'LINK_UNKNOWN'],
      [['links', 'break', 'Cedar & Stone', '--reason', 'x'], 'tierlink links show "Cedar & Stone"'],
      [['links', 'break', 'Contoso', '--reason', 'x'], 'tierlink links show "Contoso"'],
      [['links', 'make', one!.crmId, one!.recordId, '--reason', 'x'], 'LINK_SAME'],
      [['links', 'apart', one!.recordId, one!.recordId, '--reason', 'x'], 'LINK_NOT_TWO'],
    ] as const) {
      const ran = await tierlink(...argv);
      expect(ran.exit).toBe(1);
      expect(ran.err).toContain(code);
    }
  });
});

describe('suggestions', () => {
  it('name two accounts of the CRM that may be one, why, and what to type; nothing once they are kept apart', async () => {
    const [one] = partners;
    await store.query(
      `insert into tierlink.partner (id, name, website) select 'ptr_twin', name, website from tierlink.partner where id = $1`,
      [one!.recordId],
    );
    await store.query(
      `insert into tierlink.link (connection, object, crm_id, entity, record_id, state, linked_at, changed_at)
       values ('demo', 'Account', '001TWIN', 'partner', 'ptr_twin', 'live', now(), now())`,
    );
    const ran = await tierlink('links', 'suggest', '--entity', 'partner');
    expect(ran.out).toMatch(/two in the CRM +partner/);
    expect(ran.out).toContain('the same name');
    expect(ran.err).toContain('tierlink links move');
    const again = await tierlink('links', 'suggest', '--entity', 'partner');
    expect(again.out).toBe(ran.out);
    await json('links', 'apart', one!.recordId, 'ptr_twin', '--reason', 'two companies');
    const after = await json<{ suggestions: unknown[] }>('links', 'suggest', '--entity', 'partner');
    expect(after.suggestions).toEqual([]);
    await json('links', 'apart', one!.recordId, 'ptr_twin', '--take-back', '--reason', 'one after all');
    const back = await json<{ suggestions: unknown[] }>('links', 'suggest', '--entity', 'partner');
    expect(back.suggestions).toHaveLength(1);
  });
});
