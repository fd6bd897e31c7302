import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { commands } from '../../src/cli/commands/index.ts';
import type { DemoSection } from '../../src/demo/sections.ts';
import { defaultMatching } from '../../src/model/match-keys.ts';
import { loadProject } from '../../src/project.ts';
import { run } from './harness.ts';
import { comparePublished } from './published.ts';
import { newFolder } from './world.ts';

type Of<K extends DemoSection['kind']> = Extract<DemoSection, { kind: K }>;

function leftOvers(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('tierlink-demo-'));
}

/** The sections of a demo that ended well; throws when it is not what is published of the command. */
async function sectionsOf(crm: string): Promise<DemoSection[]> {
  const ran = await run(['demo', '--crm', crm, '--json'], { commands });
  expect(ran).toMatchObject({ exit: 0, err: '' });
  comparePublished(['demo'], ran);
  return (JSON.parse(ran.out) as { result: { sections: DemoSection[] } }).result.sections;
}

const find = <K extends DemoSection['kind']>(sections: readonly DemoSection[], kind: K) =>
  sections.find((each) => each.kind === kind) as Of<K>;

/** No line too long, and tables instead of lists. */
function expectToFit(out: string): void {
  expect(out.split('\n').filter((line) => line.length > 80)).toEqual([]);
  expect(out).not.toMatch(/^ +[A-Z ]+: /m);
}

describe('the demo', () => {
  it.each([
    ['salesforce', 'Account', 1],
    ['dynamics', 'account', 2],
  ])(
    'does the whole job on %s, tells it in order, and leaves nothing behind',
    async (crm, companies, reads) => {
      const before = leftOvers();
      const sections = await sectionsOf(crm);
      expect(sections.map(({ kind }) => kind)).toEqual([
        'started',
        'read',
        'partners',
        'owned',
        'happened',
        'changed',
        'disagreements',
        'quiet',
      ]);
      const section = <K extends DemoSection['kind']>(kind: K) => find(sections, kind);
      expect(section('partners').partners).toHaveLength(24);
      expect(section('owned').pass.written.map(({ object }) => object)).toContain(companies);
      expect(section('happened').happenings).toHaveLength(4);
      const { tiers, kpis, merged, pass } = section('changed');
      expect(tiers.map(({ movement }) => movement)).toContain('promote');
      expect(kpis.length).toBeGreaterThan(3);
      expect(merged).toBe(1);
      expect(pass.writeCalls).toBeGreaterThan(0);
      expect(pass.writeCalls).toBeLessThanOrEqual(pass.written.length + reads);
      expect(section('disagreements').list).toMatchObject([{ attribute: 'tier' }]);
      expect(section('quiet').pass).toMatchObject({ written: [], writeCalls: 0 });
      expect(leftOvers()).toEqual(before);
    },
  );

  it('runs one program on two CRMs: matches, asks where in doubt, and writes to every record of a partner', async () => {
    const before = leftOvers();
    const sections = await sectionsOf('both');
    const started = sections.filter((each): each is Of<'started'> => each.kind === 'started');
    expect(started.map(({ connection }) => connection)).toEqual(['salesforce', 'dynamics']);
    const { read, byConnection } = find(sections, 'read');
    const partnersOf = (alias: string) =>
      read.find(({ connection, entity }) => connection === alias && entity === 'partner')!.records;
    expect([partnersOf('salesforce'), partnersOf('dynamics')]).toEqual([24, 15]);
    expect(byConnection.every(({ calls }) => calls > 0)).toBe(true);

    const { joined, proposed } = find(sections, 'matched');
    const partners = joined.filter(({ entity }) => entity === 'partner');
    expect(new Set(joined.map(({ rule }) => rule))).toEqual(new Set(['number']));
    expect(partners).toHaveLength(7);
    expect(joined.length - partners.length).toBe(4);
    expect(partners.some(({ one, other }) => one.name !== other.name)).toBe(true);
    expect(proposed.map(({ rule }) => rule).sort()).toEqual(['domain', 'name']);

    const listed = find(sections, 'partners').partners;
    const holding = (...aliases: string[]) =>
      listed.filter(({ connections }) => connections.join() === aliases.join()).length;
    const only = [holding('salesforce'), holding('dynamics')];
    expect([holding('salesforce', 'dynamics'), ...only]).toEqual([7, 17, 8]);

    const { shared, pass } = find(sections, 'owned');
    expect(shared).toHaveLength(14);
    for (const { partnerId, tier } of shared)
      expect(shared.filter((each) => each.partnerId === partnerId)).toMatchObject([{ tier }, { tier }]);
    expect(new Set(pass.written.map(({ connection }) => connection)).size).toBe(2);
    expect(pass.byConnection.every(({ writeCalls }) => writeCalls > 0)).toBe(true);

    // Money of the one CRM and people of the other: neither would have done alone.
    const { happenings } = find(sections, 'happened');
    expect(new Set(happenings.map(({ connection }) => connection)).size).toBe(2);
    expect(happenings[0]).toMatchObject({ connection: 'dynamics', sentence: expect.stringContaining('EUR') });
    const changed = find(sections, 'changed');
    const promoted = changed.tiers.find(({ movement }) => movement === 'promote')!;
    expect(changed.shared.filter(({ partnerId }) => partnerId === promoted.partnerId)).toMatchObject([
      { connection: 'salesforce', tier: promoted.to },
      { connection: 'dynamics', tier: promoted.to },
    ]);
    expect(changed.merged).toBe(1);
    expect(find(sections, 'disagreements').list).toMatchObject([
      { connection: 'dynamics', attribute: 'tier' },
    ]);
    expect(find(sections, 'quiet').pass).toMatchObject({ written: [], writeCalls: 0 });
    expect(leftOvers()).toEqual(before);
  });

  it('fits a terminal of 80 columns without losing a value', async () => {
    const ran = await run(['demo'], { commands, environment: { COLUMNS: '80' } });
    expect(ran.exit).toBe(0);
    expectToFit(ran.out);
    expect(ran.out).toContain('Harbour & Pine Consulting');
    expect(ran.err).toContain('tierlink init');
  });

  it('--keep leaves simulators and project for exploring until it is stopped', async () => {
    const controller = new AbortController();
    const folder = join(newFolder(), 'kept');
    let tell = (_text: string) => {};
    const explored = new Promise<string>((resolve) => {
      tell = resolve;
    });
    const running = run(['demo', '--crm', 'both', '--keep', '--folder', folder], {
      commands,
      environment: { COLUMNS: '80' },
      signal: controller.signal,
      onOutput: (text) => {
        if (text.includes('go on at')) tell(text);
      },
    });
    let urls: string[] = [];
    try {
      urls = (await explored).match(/http:\/\/[\d.]+:\d+/g)!;
      expect(urls).toHaveLength(2);
      expect((await fetch(`${urls[0]}/services/data`)).status).toBe(200);
      const looked = await run(['partners'], { commands, environment: { TIERLINK_PROJECT: folder } });
      expect(looked.out).toContain('31 partners');
    } finally {
      controller.abort();
    }
    const ran = await running;
    expect(ran.exit).toBe(0);
    expectToFit(ran.out);
    expect(ran.out).toContain('Wattle Grove IT Pty Ltd');
    expect(ran.err).toContain('tierlink match list');
    for (const url of urls) await expect(fetch(url)).rejects.toThrow();
    const { connections, matching, owners } = loadProject(folder);
    expect(Object.keys(connections)).toEqual(['salesforce', 'dynamics']);
    expect(matching?.partner).toEqual(defaultMatching);
    expect(owners.partner).toEqual({ default: ['salesforce', 'dynamics'] });
  });
});
