import { expect, it } from '@jest/globals';
import { periodShow } from '../../src/cli/commands/period/show.ts';
import type { ShownClose } from '../../src/cli/period-close.ts';
import { createScreen } from '../../src/cli/screen.ts';
import { recordingStream } from './harness.ts';
import { openWorld } from './world.ts';

const closes: ShownClose[] = [
  {
    id: 'pcl_1',
    period: '2026-Q1',
    startsOn: '2026-01-01',
    endsOn: '2026-03-31',
    programVersion: '1',
    closedAt: '2026-04-03T08:00:00.000Z',
    closedBy: 'finance',
    note: 'Agreed with finance',
    reconstructed: null,
    hash: 'abc',
    reopenedAt: null,
    reopenedBy: null,
    reopenedReason: null,
  },
];
const partner = { id: 'A', name: 'Northwind' };
const signedOff = {
  partner,
  ladder: 'main',
  tier: 'Gold',
  earned: 'Gold',
  decisionId: 'dec_1',
  figures: [
    { kpi: 'revenue', label: 'Sourced revenue', figure: '5,000 USD' },
    { kpi: 'certified', label: 'Certified people', figure: '4' },
  ],
};
const on = (label: string, tier: string | null) => ({
  ladder: label.toLowerCase(),
  label,
  tier,
  earned: tier,
  decisionId: null,
});

function linesOf(review: unknown, more: Partial<ShownClose> = {}): string[] {
  const stream = recordingStream();
  const style = { color: false, plain: false, accessible: false, width: 200 };
  periodShow.show(
    periodShow.result.parse({ closes: closes.map((one) => ({ ...one, ...more })), review }),
    createScreen(stream, style, () => 'UTC'),
  );
  return stream
    .text()
    .split('\n')
    .map((line) => line.trim().replaceAll(/ {2,}/g, ' | '));
}

it('a closed period shows what partners held beside their tier, and what of it the records of today would not give', () => {
  const lines = linesOf({
    isIntact: true,
    partners: [
      { ...signedOff, beside: [on('Security', 'Security'), on('Cloud', null), on('Managed', 'Expert')] },
    ],
    adjustments: [],
    tiers: [{ partner, ladder: 'security', beside: 'Security', closed: 'Security', today: null }],
  });
  expect(lines).toContain('PARTNER | TIER | BY THE FIGURES | HELD BESIDE');
  expect(lines).toContain('Northwind | Gold | Gold | Security, Expert');
  expect(lines).toContain('Northwind, Security: by the figures Security -> no tier');
});

it('a closed period tells what later edits would change, and that a tier that was decided stays', () => {
  const change = { entity: 'deal', id: 'dea_1', crmId: null, name: null, change: 'added', why: null };
  const adjusted = {
    ...{ partner, kpi: 'revenue', label: 'Sourced revenue', closed: '5,000 USD', today: '95,000 USD' },
    records: [{ ...change, before: '0', after: '90000.5' }],
  };
  const lines = linesOf(
    {
      isIntact: true,
      partners: [{ ...signedOff, beside: [] }],
      adjustments: [adjusted],
      tiers: [{ partner, ladder: 'main', beside: null, closed: 'Gold', today: 'Silver' }],
    },
    { reopenedAt: '2026-04-04T08:00:00.000Z', reopenedBy: 'Kim', reopenedReason: 'Late' },
  );
  expect(lines).toContain('Opened again by Kim: Late');
  expect(lines).toContain('added | dea_1: 0 -> 90,000.5');
  expect(lines).toContain('Northwind: by the figures Gold -> Silver; the tier that was decided stays');
});

it('a closed period of a program without such ladders says nothing of them', () => {
  const lines = linesOf({
    isIntact: true,
    partners: [{ ...signedOff, beside: [] }],
    adjustments: [],
    tiers: [],
  });
  expect(lines).toContain('PARTNER | TIER | BY THE FIGURES');
});

it('a closed period that is reconstructed says so, and which tiers nobody had decided', () => {
  const partners = [{ ...signedOff, tier: null, decisionId: null, beside: [] }];
  const lines = linesOf(
    { isIntact: true, partners, adjustments: [], tiers: [] },
    { reconstructed: 'nothing was read before 2026-11-30' },
  );
  expect(lines).toContain(
    'Reconstructed: nothing was read before 2026-11-30. The records of the day of the sign-off stand for what was known at the end.',
  );
  expect(lines).toContain('Northwind | not decided | Gold');
});

it('a closed period shows its note, and of one partner the figures that were signed off', () => {
  const one = { isIntact: true, partners: [{ ...signedOff, beside: [] }], adjustments: [], tiers: [] };
  const lines = linesOf(one);
  expect(lines).toContain('Note: Agreed with finance');
  expect(lines).toContain('Sourced revenue | 5,000 USD');
  expect(lines).toContain('Certified people | 4');
  const other = { ...signedOff, partner: { id: 'B', name: 'Contoso' }, beside: [] };
  expect(linesOf({ ...one, partners: [...one.partners, other] })).not.toContain('Certified people | 4');
});

it('a closed period lists partners by name, and of one that is asked for says where to look next', async () => {
  const world = await openWorld();
  try {
    await world.tierlink('sync');
    await world.tierlink('period', 'close', '2025-Q4', '--accept-incomplete', '--reconstructed');
    const { review } = await world.json<{ review: { partners: { partner: { name: string } }[] } }>(
      'period',
      'show',
      '2025-Q4',
    );
    const names = review.partners.map(({ partner: { name } }) => name);
    expect(names).toEqual(names.toSorted());
    const all = await world.tierlink('period', 'show', '2025-Q4');
    expect(all.err).toContain(`tierlink period show 2025-Q4 --partner "${names[0]}"`);
    const one = await world.tierlink('period', 'show', '2025-Q4', '--partner', 'Cedar & Stone');
    expect(one.out).toMatch(/SIGNED-OFF FIGURE[\s\S]*Sourced revenue +[\d,]+ USD/);
    expect(one.err).toContain('tierlink tier evaluate "Cedar & Stone" --as-of 2025-12-31 --with-todays-data');
  } finally {
    await world.close();
  }
});
