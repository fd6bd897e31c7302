import { existsSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { commands } from '../../src/cli/commands/index.ts';
import type { DemoSection } from '../../src/demo/sections.ts';
import { run } from './harness.ts';
import { newFolder } from './world.ts';

type Of<K extends DemoSection['kind']> = Extract<DemoSection, { kind: K }>;

function leftOvers(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('tierlink-demo-'));
}

describe('the demo', () => {
  it.each([
    ['salesforce', 'Account', 1],
    ['dynamics', 'account', 2],
  ])(
    'does the whole job on %s, tells it in order, and leaves nothing behind',
    async (crm, companies, reads) => {
      const before = leftOvers();
      const ran = await run(['demo', '--crm', crm, '--json'], { commands });
      expect(ran).toMatchObject({ exit: 0, err: '' });
      const { result } = JSON.parse(ran.out) as { result: { sections: DemoSection[]; folder: null } };
      const kinds = result.sections.map(({ kind }) => kind);
      expect(kinds).toEqual([
        'started',
        'read',
        'partners',
        'owned',
        'happened',
        'changed',
        'disagreements',
        'quiet',
      ]);
      const section = <K extends DemoSection['kind']>(kind: K) =>
        result.sections.find((each) => each.kind === kind) as Of<K>;
      expect(section('partners').partners).toHaveLength(24);
      expect(section('owned').pass.written.map(({ object }) => object)).toContain(companies);
      expect(section('happened').sentences).toHaveLength(4);
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

  it('fits a terminal of 80 columns without losing a value', async () => {
    const ran = await run(['demo'], { commands, environment: { COLUMNS: '80' } });
    expect(ran.exit).toBe(0);
    expect(ran.out.split('\n').filter((line) => line.length > 80)).toEqual([]);
    // Tables, not lists.
    expect(ran.out).not.toMatch(/^ +[A-Z ]+: /m);
    expect(ran.out).toContain('Harbour & Pine Consulting');
    expect(ran.err).toContain('tierlink init');
  });

  it('--keep leaves simulator and project for exploring until it is stopped', async () => {
    const controller = new AbortController();
    const folder = join(newFolder(), 'kept');
    let tell = (_text: string) => {};
    const explored = new Promise<string>((resolve) => {
      tell = resolve;
    });
    const running = run(['demo', '--keep', '--folder', folder], {
      commands,
      signal: controller.signal,
      onOutput: (text) => {
        if (text.includes('goes on at')) tell(text);
      },
    });
    let url = '';
    try {
      url = /http:\/\/[\d.:]+/.exec(await explored)![0];
      expect((await fetch(`${url}/services/data`)).status).toBe(200);
      const looked = await run(['partners'], { commands, environment: { TIERLINK_PROJECT: folder } });
      expect(looked.out).toContain('23 partners');
    } finally {
      controller.abort();
    }
    expect((await running).exit).toBe(0);
    await expect(fetch(url)).rejects.toThrow();
    expect(existsSync(join(folder, 'tierlink.yaml'))).toBe(true);
  });
});
