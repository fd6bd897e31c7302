import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tierEvaluate } from '../../src/cli/commands/tier/evaluate.ts';
import { createScreen } from '../../src/cli/screen.ts';
import { recordingStream } from './harness.ts';
import { openWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  await world.tierlink('sync');
});
afterAll(async () => {
  await world.close();
});

/** What is shown of all partners: Gold as known then, by a decision that differs in something, or cannot be told. */
function shown(
  ...partners: { name: string; today?: string; agrees?: boolean; differences: string[]; why?: object }[]
): string {
  const one = ({ name, today, agrees, differences, why }: (typeof partners)[number]) => ({
    partner: { id: name, name },
    ladder: 'main',
    ladderLabel: 'Partner tiers',
    tier: 'Gold',
    today: today ?? null,
    inForce: {
      decisionId: name,
      on: '2026-01-05',
      tier: 'Gold',
      status: 'keeps',
      summary: '',
      agrees: agrees ?? null,
      differences,
    },
    left: null,
    forTier: null,
    requirements: [],
    differences: [],
    otherAnswers: [],
    ...why,
  });
  const result = tierEvaluate.result.parse({
    asOf: '2026-01-31',
    knownAt: '2026-01-31T23:59:59.999Z',
    program: 'Test',
    programVersion: '1',
    isVersionKnown: true,
    notAvailable: null,
    history: [],
    all: true,
    partners: partners.map(one),
  });
  const stream = recordingStream();
  const style = { color: false, plain: false, accessible: false, width: 200 };
  tierEvaluate.show(
    result,
    createScreen(stream, style, () => 'UTC'),
  );
  return stream.text();
}

it('of all partners, tells decisions that were not looked at from those of which it cannot be told', () => {
  const text = shown(
    { name: 'Acme', differences: [] },
    { name: 'Contoso', differences: ['the version is not kept'] },
  );
  expect(text).toMatch(/Acme +Partner tiers .* not checked\n/);
  expect(text).toMatch(/Contoso .* cannot be told\n/);
});

it('of all partners, names what makes another tier with the records of today, and what decisions differ in', () => {
  const fact = { tier: 'Gold', id: 'plan', label: 'Plan on file', kpi: null, needs: 'on file' };
  const figure = { kpi: 'revenue', label: 'Revenue', known: '6,000 USD', today: '1,200 USD', records: [] };
  const same = { ...fact, id: 'revenue', label: 'Revenue', kpi: 'revenue' };
  const text = shown(
    {
      name: 'Acme',
      today: 'Silver',
      agrees: true,
      differences: [],
      why: {
        differences: [figure],
        otherAnswers: [
          { ...same, known: '6,000 USD', today: '1,200 USD' },
          { ...fact, known: 'since 2026-01-01', today: '-' },
        ],
      },
    },
    { name: 'Contoso', today: 'Gold', agrees: true, differences: [], why: { differences: [figure] } },
    { name: 'Fabrikam', today: 'Gold', agrees: false, differences: ['revenue: 1 then, 2 now'] },
  );
  expect(text.slice(text.indexOf('1 other tier'))).toBe(`1 other tier with the records of today.

Acme
Revenue: 6,000 USD then, 1,200 USD with the records of today
Plan on file: since 2026-01-01 then, - with the records of today

Fabrikam
It does NOT come out the same again: revenue: 1 then, 2 now.
`);
});

const lindenhof = 'Lindenhof Digital';

describe('tier evaluate', () => {
  const decided = async () => {
    const found = await world.json<{ partners: { inForce: { decisionId: string; agrees: boolean } }[] }>(
      'tier',
      'evaluate',
      '--all',
    );
    return found.partners;
  };

  it('gives again what was decided, of every partner, whatever happens in the CRM after that', async () => {
    const before = await decided();
    expect(before.length).toBeGreaterThan(10);
    expect(before.filter(({ inForce }) => inForce.agrees !== true)).toEqual([]);
    await world.simulator.act('quarter');
    await world.tierlink('sync', '--object', 'Opportunity');
    const after = await decided();
    expect(after.filter(({ inForce }) => inForce.agrees !== true)).toEqual([]);
    await world.tierlink('sync');
    const last = await decided();
    expect(last.filter(({ inForce }) => inForce.agrees !== true)).toEqual([]);
    const ids = (list: typeof before) => list.map(({ inForce }) => inForce.decisionId).sort();
    expect(ids(last)).not.toEqual(ids(before));
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

  it('compares nobody with what is not known, and names the column for what it is', async () => {
    const { out } = await world.tierlink('tier', 'evaluate', '--all', '--as-of', '2026-01-31');
    expect(out).toContain('so nothing is compared with it');
    expect(out).not.toContain('other tier');
    expect(out).toContain("WITH TODAY'S RECORDS");
  });

  it('takes the ladder that is named, and no other word for one', async () => {
    const main = await world.tierlink('tier', 'evaluate', lindenhof, '--ladder', 'main');
    expect([main.exit, main.out]).toEqual([0, expect.stringContaining('by the figures then')]);
    const unknown = await world.tierlink('tier', 'evaluate', lindenhof, '--ladder', 'nowhere');
    expect([unknown.exit, unknown.out]).toEqual([2, '']);
    expect(unknown.err).toContain('--ladder: "nowhere" is no ladder of the program; use one of: ');
  });

  it('refuses a day that is still to come, and needs a partner or all', async () => {
    const ahead = await world.tierlink('tier', 'evaluate', '--all', '--as-of', '2099-01-01');
    expect([ahead.exit, ahead.out]).toEqual([2, '']);
    expect(ahead.err).toContain('tierlink tier forecast');
    expect((await world.tierlink('tier', 'evaluate')).exit).toBe(2);
  });
});

describe('requirements of which some are enough', () => {
  const gold = ['--set', 'sourcedRevenue=500000', '--set', 'certifiedPeople=9', '--set', 'winRate=50'];
  const marked = async (...argv: string[]) => {
    const { out } = await world.tierlink('tier', ...argv);
    expect(out).toContain('FOR GOLD');
    return out.replace(/\s+/g, ' ').match(/\(one of 3\)/g)?.length;
  };

  it('are marked by tier simulate and tier evaluate, as tier why marks them', async () => {
    expect(await marked('simulate', lindenhof, ...gold)).toBe(3);
    const { partners } = await world.json<{ partners: { partner: { name: string }; forTier: string }[] }>(
      'tier',
      'evaluate',
      '--all',
    );
    const silver = partners.find(({ forTier }) => forTier === 'Gold')!;
    expect(await marked('evaluate', silver.partner.name)).toBe(3);
  });
});
