import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.tierlink('sync');
});
afterAll(async () => {
  await world.close();
});

const lindenhof = 'Lindenhof Digital';

describe('tier evaluate', () => {
  it('gives today what was decided today, and says so of every partner', async () => {
    const { partners } = await world.json<{ partners: { tier: string; inForce: { agrees: boolean } }[] }>(
      'tier',
      'evaluate',
      '--all',
    );
    expect(partners.length).toBeGreaterThan(10);
    expect(partners.filter(({ inForce }) => inForce.agrees !== true)).toEqual([]);
  });

  it('says of a day before the first sync that it is not known, never that it was nothing', async () => {
    const ran = await world.tierlink('tier', 'evaluate', lindenhof, '--as-of', '2026-01-31');
    expect(ran.exit).toBe(0);
    expect(ran.out).toContain('not available');
    expect(ran.out).toContain('(reconstructed)');
    expect(ran.out).not.toContain('as known then. Rules');
    const { partners } = await world.json<{ partners: { tier: string | null; today: string }[] }>(
      'tier',
      'evaluate',
      lindenhof,
      '--as-of',
      '2026-01-31',
    );
    expect(partners[0]).toMatchObject({ tier: null, today: 'Registered' });
  });

  it('refuses a day that is still to come, and needs a partner or all', async () => {
    const ahead = await world.tierlink('tier', 'evaluate', '--all', '--as-of', '2099-01-01');
    expect([ahead.exit, ahead.out]).toEqual([2, '']);
    expect(ahead.err).toContain('tierlink tier forecast');
    expect((await world.tierlink('tier', 'evaluate')).exit).toBe(2);
  });
});
