import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { commands } from '../../src/cli/commands/index.ts';
import { run } from './harness.ts';
import { newFolder, openWorld, type World } from './world.ts';

let world: World;
let next: string;
beforeAll(async () => {
  world = await openWorld();
  await world.tierlink('sync');
  const starter = readFileSync(join(world.folder, 'programs', 'starter.yaml'), 'utf8');
  next = join(world.folder, 'programs', 'next.yaml');
  const harder = starter
    .replace(/certifiedPeople, atLeast: 2/g, 'certifiedPeople, atLeast: 9')
    .replace('grace: { reviews: 1 }', 'grace: { reviews: 0 }');
  writeFileSync(next, harder.replace(/^version: .*$/m, "version: '2'"));
});
afterAll(async () => {
  await world.close();
});

interface Checked {
  files: { guard: { noticeLost: unknown[]; sentences: string[] } | null }[];
}

describe('a program file that is to be taken into use', () => {
  it('is checked with what it does to those who rely on the rules in force', async () => {
    const [{ guard }] = (await world.json<Checked>('program', 'check', next)).files as [Checked['files'][0]];
    expect(guard?.noticeLost.length).toBeGreaterThan(0);
    const ran = await world.tierlink('program', 'check', next);
    expect(ran.exit).toBe(0);
    expect(ran.out.replace(/\s+/g, ' ')).toContain(guard!.sentences.at(-1));
    const compared = await world.tierlink(
      'program',
      'compare',
      join(world.folder, 'programs/starter.yaml'),
      next,
    );
    expect(compared.out.replace(/\s+/g, ' ')).toContain(guard!.sentences.at(-1));
  });

  it('with the number of the version in force is told to need one of its own', async () => {
    const starter = join(world.folder, 'programs/starter.yaml');
    const edited = join(world.folder, 'programs/edited.yaml');
    writeFileSync(edited, readFileSync(starter, 'utf8').replace('atLeast: 100000', 'atLeast: 90000'));
    const { err } = await world.tierlink('program', 'compare', starter, edited);
    expect(err.replace(/\s+/g, ' ')).toContain(
      'Both files say that they are version 1, and they are not the same.',
    );
    const same = await world.tierlink('program', 'compare', starter, starter);
    expect(same.err).not.toContain('Both files');
  });

  it('is checked without a project as well', async () => {
    const environment = { TIERLINK_PROJECT: newFolder() };
    const ran = await run(['program', 'check', next, '--json'], { commands, environment });
    expect(ran.exit).toBe(0);
    expect(JSON.parse(ran.out)).toMatchObject({ result: { ok: true, files: [{ ok: true, guard: null }] } });
  });

  it('with mistakes ends with 2 and says where they are', async () => {
    const file = join(world.folder, 'programs', 'broken.yaml');
    writeFileSync(file, readFileSync(next, 'utf8').replace('unit: money', 'unit: mony'));
    const environment = { TIERLINK_PROJECT: newFolder() };
    const ran = await run(['program', 'check', file], { commands, environment });
    expect(ran.exit).toBe(2);
    expect(ran.out).toMatch(/broken\.yaml:\d+:\d+ {2}error PROGRAM_WRONG_VALUE {2}kpis\./);
  });

  it('is checked with others in one go, also with blanks in its name, and one with mistakes fails them all', async () => {
    const environment = { TIERLINK_PROJECT: newFolder() };
    const spaced = join(world.folder, 'programs', 'next year.yaml');
    const broken = join(world.folder, 'programs', 'mistaken.yaml');
    const text = readFileSync(next, 'utf8');
    writeFileSync(spaced, text.replace(/^title: .*$/m, 'title: Next year'));
    writeFileSync(broken, text.replace('unit: money', 'unit: mony'));
    const sound = await run(['program', 'check', next, spaced], { commands, environment });
    expect(sound.exit).toBe(0);
    expect(sound.out).toContain('Next year 2 is sound.');
    expect(sound.out).toContain('2 files, all sound.');
    const ran = await run(['program', 'check', broken, spaced, '--json'], { commands, environment });
    expect(ran.exit).toBe(2);
    const { result } = JSON.parse(ran.out) as {
      result: { ok: boolean; files: { file: string; ok: boolean }[] };
    };
    expect(result.ok).toBe(false);
    expect(result.files.map(({ file, ok }) => [file, ok])).toEqual([
      [broken, false],
      [spaced, true],
    ]);
    const shown = await run(['program', 'check', broken, spaced], { commands, environment });
    expect(shown.out).toMatch(/mistaken\.yaml:\d+:\d+ {2}error/);
    expect(shown.out).toContain('2 files, 1 with errors.');
  });

  it('that is no YAML is told beside others, which are checked as well', async () => {
    const environment = { TIERLINK_PROJECT: newFolder() };
    const unreadable = join(world.folder, 'programs', 'unreadable.yaml');
    writeFileSync(unreadable, 'name: [');
    const ran = await run(['program', 'check', unreadable, next, '--json'], { commands, environment });
    expect(ran.exit).toBe(2);
    expect(JSON.parse(ran.out)).toMatchObject({
      result: {
        ok: false,
        files: [
          {
            file: unreadable,
            ok: false,
            findings: [{ line: 1, reason: expect.stringMatching(/^is not valid YAML: (?!line)/) }],
          },
          { file: next, ok: true, findings: [] },
        ],
      },
    });
  });

  it('with an alias that repeats nothing is told beside others as well', async () => {
    const environment = { TIERLINK_PROJECT: newFolder() };
    const unset = join(world.folder, 'programs', 'unset.yaml');
    writeFileSync(unset, 'name: *unset\n');
    const ran = await run(['program', 'check', unset, next, '--json'], { commands, environment });
    expect(ran.exit).toBe(2);
    expect(JSON.parse(ran.out)).toMatchObject({
      result: {
        files: [
          { file: unset, ok: false, findings: [{ line: 1, column: 7 }] },
          { file: next, ok: true, findings: [] },
        ],
      },
    });
  });

  it('that is not there is named before anything is checked', async () => {
    const environment = { TIERLINK_PROJECT: newFolder() };
    const ran = await run(['program', 'check', next, 'nowhere.yaml'], { commands, environment });
    expect(ran.exit).not.toBe(0);
    expect(ran.err).toContain('nowhere.yaml');
    expect(ran.out).toBe('');
  });
});

describe('what comes next', () => {
  it('is the same file that was shown or tried', async () => {
    const shown = await world.tierlink('program', 'show', next);
    expect(shown.err).toContain(`tierlink program check ${next}`);
    const tried = await world.tierlink('program', 'backtest', next, '--quarters', '1');
    expect(tried.err).toContain('tierlink program compare programs/starter.yaml');
  });
});

it('a specialisation is no ladder in what a check prints', async () => {
  const file = join(world.folder, 'programs', 'special.yaml');
  const starter = readFileSync(join(world.folder, 'programs', 'starter.yaml'), 'utf8');
  const special = `specialisations:
  - { key: security, label: Security, requirements: [{ kpi: certifiedPeople, atLeast: 2 }] }
`;
  writeFileSync(file, `${starter.trimEnd()}\n${special}`);
  const { out } = await world.tierlink('program', 'check', file);
  expect(out).toMatch(/Specialisations +Security/);
});
