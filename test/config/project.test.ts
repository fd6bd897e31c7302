import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { isTierlinkError } from '../../src/errors.ts';
import { chooseConnection, loadProject, projectFileName } from '../../src/project.ts';
import { writeConnection, writeEnvValues } from '../../src/project-edit.ts';
import { exampleLines, initProject } from '../../src/project-init.ts';
import { matchingOf } from '../../src/project-matching.ts';
import { fakeManifest } from './fake-manifest.ts';

function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'tierlink-project-'));
}

function load(yaml: string) {
  const folder = newFolder();
  writeFileSync(join(folder, projectFileName), yaml);
  return loadProject(folder);
}

function refusal(work: () => unknown) {
  try {
    work();
  } catch (error) {
    if (isTierlinkError(error)) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

const request = (folder: string) => ({
  folder,
  connection: { manifest: fakeManifest, alias: 'prod' },
  program: 'starter.yaml',
});

describe('tierlink.yaml', () => {
  it('is read with its defaults', () => {
    const project = load('program: programs/p.yaml\nconnections:\n  prod:\n    crm: x\n    mappings: m\n');
    expect(project.connections.prod).toEqual({
      crm: 'x',
      mappings: 'm',
      layouts: [],
      options: {},
      dailyCalls: 20_000,
      createsPerRun: 100,
    });
    expect(project.retention).toMatchObject({ runs: 90, audit: 400 });
  });

  it('says how connections are matched with one another, and with files', () => {
    const one = 'program: p\nconnections:\n  north: { crm: x, mappings: m }\n';
    const two = `${one}  south: { crm: y, mappings: m }\n`;
    expect(matchingOf(load('program: p\n'))).toBeNull();
    const usual = { join: ['number'], review: ['vat', 'domain', 'name'], numberAlone: false };
    expect(matchingOf(load(one))).toMatchObject({ connections: ['north', 'import'], partner: usual });
    const connections = ['north', 'south', 'import'];
    expect(matchingOf(load(two))).toEqual({ connections, partner: usual, customer: usual });
    const own = `${two}matching:\n  partner:\n    join: [vat]\n  customer:\n    join: []\n    review: []\n    numberAlone: true\n`;
    expect(matchingOf(load(own))).toEqual({
      connections,
      partner: { join: ['vat'], review: ['domain', 'name'], numberAlone: false },
      customer: { join: [], review: [], numberAlone: true },
    });
  });

  const wrong: [string, string, number, string][] = [
    ['an unknown key', 'program: p\nconections: {}\n', 2, 'conections: is not a known key'],
    [
      'a connection that is called as files are',
      'program: p\nconnections:\n  import: { crm: x, mappings: m }\n',
      3,
      'not "import", which stands for files',
    ],
    ['a missing key', 'program: p\nconnections:\n  prod:\n    crm: x\n', 3, 'connections.prod.mappings'],
    [
      'an owner that is no connection',
      'program: p\nconnections:\n  north: { crm: x, mappings: m }\nowners:\n  partner:\n    phone: [north, nort]\n',
      6,
      'owners.partner.phone.1: "nort" is not a connection of the project; did you mean "north"?',
    ],
    [
      'owners of an unknown attribute',
      'program: p\nowners:\n  partner:\n    fone: [north]\n',
      4,
      'owners.partner.fone: partner has no attribute "fone"; did you mean "phone"?',
    ],
    [
      'owners of an unknown entity',
      'program: p\nowners:\n  partners:\n    phone: [north]\n',
      3,
      'owners.partners: "partners" is not an entity; did you mean "partner"?',
    ],
    [
      'owners of what only the program makes',
      'program: p\nowners:\n  decision:\n    default: [north]\n',
      3,
      'owners.decision: records of decision are made by the program alone',
    ],
    ['a wrong type', 'program: p\nretention:\n  runs: many\n', 3, 'retention.runs'],
    ['a number below its bound', 'program: p\nretention:\n  runs: 90\n  audit: 0\n', 4, 'retention.audit'],
    [
      'an unknown rule',
      'program: p\nmatching:\n  partner:\n    join: [phone]\n',
      4,
      'matching.partner.join.0',
    ],
    [
      'a rule named twice',
      'program: p\nmatching:\n  partner:\n    join: [vat]\n    review: [name, vat]\n',
      5,
      'matching.partner.review.1: vat is named twice',
    ],
    ['an entity that is not matched', 'program: p\nmatching:\n  deal: {}\n', 3, 'matching.deal'],
    [
      'a schedule that cannot be read',
      'program: p\nschedules:\n  prune-history: off\n  pull-changes: every 5 moons\n',
      4,
      'schedules.pull-changes: "every 5 moons" is neither "every <n> seconds" nor a cron line',
    ],
    [
      'a schedule in an unknown zone',
      'program: p\nschedules:\n  pull-changes: 0 6 * * * Europe/Stockhlm\n',
      3,
      'Europe/Stockhlm is not an IANA time zone',
    ],
    ['a bad connection name', 'program: p\nconnections:\n  Prod 1: { crm: x, mappings: m }\n', 3, 'Prod 1'],
    ['broken YAML', 'program: p\nconnections: [\n', 2, 'is not ended with ]'],
    ['a key twice', 'program: p\nprogram: q\n', 2, 'is there already, at line 1'],
    ['no contents at all', '', 1, 'program'],
  ];
  it.each(wrong)('%s is refused with its line', (_name, yaml, line, reason) => {
    const error = refusal(() => load(yaml));
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', exit: 2 });
    expect(error.message).toContain(`${projectFileName}:${line}: `);
    expect(error.message).toContain(reason);
  });

  it('may have one connection that needs no name, or several of which one is named', () => {
    const one = load('program: p\nconnections:\n  prod: { crm: x, mappings: m }\n');
    expect(chooseConnection(one, undefined)).toBe('prod');
    const two = load('program: p\nconnections: { a: { crm: x, mappings: m }, b: { crm: x, mappings: m } }\n');
    expect(chooseConnection(two, 'b')).toBe('b');
    expect(refusal(() => chooseConnection(two, undefined))).toMatchObject({ code: 'USAGE' });
    expect(refusal(() => chooseConnection(two, 'c'))).toMatchObject({ code: 'CONNECTION_UNKNOWN' });
    expect(refusal(() => chooseConnection(load('program: p\n'), undefined))).toMatchObject({
      code: 'CONNECTION_NONE',
    });
  });
});

describe('a new project', () => {
  it('can be loaded, and keeps .env to its owner', () => {
    const folder = join(newFolder(), 'deep', 'inside');
    const { files } = initProject(request(folder));
    expect(files).toEqual(
      expect.arrayContaining([projectFileName, '.env', 'mappings/salesforce/partner.yaml']),
    );
    expect(loadProject(folder).connections.prod).toMatchObject({ crm: 'salesforce', options: {} });
    expect(statSync(join(folder, '.env')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(folder, '.env'), 'utf8')).toContain('#TIERLINK_PROD_SECRET=');
    expect(readFileSync(join(folder, '.gitignore'), 'utf8')).toContain('.env');
  });

  it('of files alone has no connection, and none of what one needs', () => {
    const folder = newFolder();
    const { files } = initProject({ ...request(folder), connection: null });
    expect(files.filter((file) => file.startsWith('mappings'))).toEqual([]);
    expect(loadProject(folder).connections).toEqual({});
    expect(readFileSync(join(folder, '.env'), 'utf8')).not.toContain('Connection');
    writeConnection(folder, { alias: 'emea', crm: 'x', mappings: 'mappings/x', options: {} });
    expect(loadProject(folder).connections.emea).toMatchObject({ crm: 'x' });
  });

  it('lists every retention with its default and meaning', () => {
    const folder = newFolder();
    initProject(request(folder));
    const text = readFileSync(join(folder, projectFileName), 'utf8');
    const written = (parse(text) as { retention: unknown }).retention;
    expect(written).toEqual(load('program: p\n').retention);
    expect(text).toContain('  kpiPeriods: 1200    # KPI figures of past periods.\n');
  });

  it('is refused where a file of it exists, and then nothing is written', () => {
    const folder = newFolder();
    writeFileSync(join(folder, '.env'), 'MINE=1\n');
    expect(refusal(() => initProject(request(folder)))).toMatchObject({ code: 'FILE_EXISTS', exit: 2 });
    expect(existsSync(join(folder, projectFileName))).toBe(false);
    expect(readFileSync(join(folder, '.env'), 'utf8')).toBe('MINE=1\n');
  });
});

describe('editing a project', () => {
  const folderWith = (yaml: string) => {
    const folder = newFolder();
    writeFileSync(join(folder, projectFileName), yaml);
    return folder;
  };
  const added = { alias: 'emea', crm: 'x', mappings: 'mappings/x', options: { host: 'https://a.example' } };

  it('adds a connection and keeps comments', () => {
    const folder = folderWith(
      '# ours\nprogram: p\nconnections:\n  # first\n  prod: { crm: x, mappings: m }\n',
    );
    writeConnection(folder, added);
    expect(loadProject(folder).connections).toMatchObject({
      prod: { crm: 'x' },
      emea: { options: added.options },
    });
    expect(readFileSync(join(folder, projectFileName), 'utf8')).toMatch(/^# ours\n[\s\S]*# first\n/);
  });

  it('adds the first connection', () => {
    const folder = folderWith('program: p\nconnections: {}\n');
    writeConnection(folder, added);
    expect(loadProject(folder).connections.emea).toMatchObject({ crm: 'x' });
  });

  it('changes options of a connection and keeps the others', () => {
    const folder = folderWith(
      'program: p\nconnections:\n  emea:\n    crm: x\n    mappings: m\n    options: { pages: 3 }\n',
    );
    writeConnection(folder, added);
    expect(loadProject(folder).connections.emea).toMatchObject({
      mappings: 'm',
      options: { pages: '3', host: 'https://a.example' },
    });
  });

  /** Comments behind a value are moved next to it. */
  const oneBlank = (text: string) => text.replace(/(?<=\S) +# /g, ' # ');

  it('puts a value in the place of the example that init wrote for it, and leaves every other comment', () => {
    const folder = newFolder();
    initProject(request(folder));
    const file = join(folder, projectFileName);
    const before = readFileSync(file, 'utf8').replace(
      '      # pages',
      '      # host: as IT told us\n      # pages',
    );
    writeFileSync(file, before);
    const given = { ...added, alias: 'prod', examples: exampleLines(fakeManifest) };
    for (const host of ['https://a.example', 'https://b.example']) {
      writeConnection(folder, { ...given, options: { host } });
      const expected = before
        .replace('      # host: https://a    # Address\n', '')
        .replace('    options:\n', `    options:\n      host: ${host} # Address\n`);
      expect(oneBlank(readFileSync(file, 'utf8'))).toBe(oneBlank(expected));
    }
  });

  it('keeps what stands below the connections apart from a new one', () => {
    const folder = folderWith('program: p\nconnections:\n  prod: { crm: x, mappings: m }\n\nschedules: {}\n');
    writeConnection(folder, added);
    expect(readFileSync(join(folder, projectFileName), 'utf8')).toContain('https://a.example\n\nschedules:');
  });

  it('sets variables in .env so that they are read back exactly', () => {
    const folder = newFolder();
    writeFileSync(join(folder, '.env'), '# kept\n#A=\nB=old\n');
    const values = { A: 'x y#z', B: '-----BEGIN-----\nab+/=\n-----END-----', C: 'plain', D: '$HOME "q"' };
    writeEnvValues(folder, values);
    const text = readFileSync(join(folder, '.env'), 'utf8');
    expect(text).toMatch(/^# kept\nA=/);
    expect(parseEnv(text)).toEqual(values);
    expect(statSync(join(folder, '.env')).mode & 0o777).toBe(0o600);
  });
});
