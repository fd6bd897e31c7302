import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { openWorld, type World } from './world.ts';

/** What `kpi show` tells of figures by region, with the starter program and what it says of regions. */
let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(async () => {
  await world.close();
});

interface Shown {
  values: { kpi: string; label: string; region: string | null; counted: number; excluded: number }[];
  records: { included: { id: string }[]; excluded: { reason: string; why: string }[] } | null;
}

it('shows the whole with each region where one KPI is asked for, and only the whole of all of them', async () => {
  const project = parse(readFileSync(join(world.folder, 'tierlink.yaml'), 'utf8')) as { program: string };
  const file = join(world.folder, project.program);
  const regions = `regions:
  records: { deal: customer.country }
  list:
    - { key: nordics, label: Nordics, countries: [Sweden, Norway, Denmark, Finland] }
    - { key: world, label: Rest of the world, countries: otherwise }
kpis:`;
  const program = readFileSync(file, 'utf8')
    .replace('\nkpis:', `\n${regions}`)
    .replace('  sourcedRevenue:\n', '  sourcedRevenue:\n    perRegion: true\n');
  writeFileSync(file, program);
  await world.tierlink('sync');
  const partners = await world.json<{ partners: { name: string }[] }>('partners');
  const shown = await Promise.all(
    partners.partners.slice(0, 6).map(({ name }) => world.json<Shown>('kpi', 'show', name, 'sourcedRevenue')),
  );
  for (const { values } of shown) {
    expect(values.map(({ kpi, label, region }) => [kpi, label, region])).toEqual([
      ['sourcedRevenue', 'Sourced revenue', null],
      ['sourcedRevenue.nordics', 'Sourced revenue (Nordics)', 'nordics'],
      ['sourcedRevenue.world', 'Sourced revenue (Rest of the world)', 'world'],
    ]);
    const [whole, nordics, rest] = values.map(({ counted }) => counted);
    expect(nordics! + rest!).toBe(whole);
  }
  const some = shown.findIndex(({ values }) => values[2]!.counted > 0);
  const { name } = partners.partners[some]!;
  const all = await world.json<Shown>('kpi', 'show', name);
  expect(all.values.filter(({ region }) => region !== null)).toEqual([]);
  const one = await world.json<Shown>('kpi', 'show', name, 'sourcedRevenue.world', '--records');
  expect(one.values.map(({ kpi }) => kpi)).toEqual(['sourcedRevenue.world']);
  expect(one.records!.included).toHaveLength(one.values[0]!.counted);
  const { out } = await world.tierlink('kpi', 'show', name, 'sourcedRevenue');
  expect(out).toContain('Sourced revenue (Rest of the world)');
  const list = await world.json<{ kpis: { kpi: string }[] }>('kpi', 'list');
  expect(list.kpis.filter(({ kpi }) => kpi.includes('.'))).toEqual([]);
});

// Amounts are in dollars, and the program has no rate for them.
it('names the record that stands in the way of a figure, as people know it', async () => {
  const project = parse(readFileSync(join(world.folder, 'tierlink.yaml'), 'utf8')) as { program: string };
  const file = join(world.folder, project.program);
  writeFileSync(
    file,
    readFileSync(file, 'utf8').replace(/^ {2}code: USD\n {2}rates:\n( {4}.*\n)+/m, '  code: CHF\n'),
  );
  expect((await world.tierlink('sync')).exit).toBe(0);
  const { partners } = await world.json<{ partners: { name: string }[] }>('partners');
  type Stopped = { error: string | null; errorRecord: { name: string; crmId: string } | null; label: string };
  for (const { name } of partners) {
    const { values } = await world.json<{ values: Stopped[] }>('kpi', 'show', name);
    const found = values.find(({ errorRecord }) => errorRecord !== null);
    if (found === undefined) continue;
    const { name: deal, crmId } = found.errorRecord!;
    expect(found.error).toContain(`deal "${deal}" (${crmId}) has an amount in `);
    expect((await world.tierlink('kpi', 'show', name)).out).toContain(`${found.label}: ${found.error}`);
    return;
  }
  throw new Error('no figure was stopped');
});
