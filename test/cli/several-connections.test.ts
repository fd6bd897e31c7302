import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openWorld, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await openWorld();
  const file = join(world.folder, 'tierlink.yaml');
  const demo = readFileSync(file, 'utf8');
  const [block] = /^ {2}demo:\n(?: {4}.*\n)+/m.exec(demo)!;
  // The same org twice under two names: what matters here is how lists tell two connections apart.
  const twice = demo.replace(block, `${block}${block.replace('  demo:', '  other:')}`);
  // Nothing is joined, so that each has its own partners.
  writeFileSync(file, `${twice}\nmatching:\n  partner: { join: [] }\n  customer: { join: [] }\n`);
  const environment = join(world.folder, '.env');
  const lines = readFileSync(environment, 'utf8').split('\n');
  const copies = lines
    .filter((line) => line.includes('_DEMO_'))
    .map((line) => line.replace('_DEMO_', '_OTHER_'));
  writeFileSync(environment, [...lines, ...copies].join('\n'));
  await world.tierlink('sync');
}, 120_000);
afterAll(() => world.close());

describe('a project with two connections', () => {
  it('tells for each what was read, and lists of both say which connection is meant', async () => {
    const synced = await world.tierlink('sync');
    expect(synced.err + synced.out).toContain('Connection demo');
    expect(synced.out).toContain('Connection other');
  });

  it('narrows status and partners to one of them', async () => {
    const { connections, feeds } = await world.json<{
      connections: { alias: string }[];
      feeds: { connection: string }[];
    }>('status', '--connection', 'other');
    expect(connections.map(({ alias }) => alias)).toEqual(['other']);
    expect([...new Set(feeds.map(({ connection }) => connection))]).toEqual(['other']);
    const all = await world.json<{ partners: unknown[] }>('partners');
    const own = await world.json<{ partners: { name: string }[] }>('partners', '--connection', 'other');
    expect(own.partners.length * 2).toBe(all.partners.length);
    expect((await world.tierlink('partners', '--connection', 'nowhere')).err).toContain('demo, other');
  });

  it('shows a partner with its record in each connection and the address of it', async () => {
    const { partners } = await world.json<{ partners: { id: string; name: string }[] }>(
      'partners',
      '--connection',
      'other',
    );
    const shown = await world.json<{ links: { connection: string; url: string | null; crmId: string }[] }>(
      'partners',
      'show',
      partners[0]!.id,
    );
    expect(shown.links).toMatchObject([{ connection: 'other' }]);
    expect(shown.links[0]!.url).toContain(shown.links[0]!.crmId);
    const ran = await world.tierlink('partners', 'show', partners[0]!.id);
    expect(ran.out).toContain(shown.links[0]!.url!);
    expect(ran.out).toContain('linked and in step');
  });

  it('asks for a name where only one can be meant', async () => {
    for (const command of [['check'], ['map', 'check'], ['map', 'list'], ['install', 'source']]) {
      const ran = await world.tierlink(...command);
      expect(ran.err).toContain('demo, other');
      expect(ran.err).toContain('--connection');
    }
  });
});
