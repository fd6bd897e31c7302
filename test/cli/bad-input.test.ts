import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { commands } from '../../src/cli/commands/index.ts';
import { demoAlias } from '../../src/demo/demo-project.ts';
import { initProject } from '../../src/project-init.ts';
import { connectors } from '../../src/registry.ts';
import type { Store } from '../../src/store/store.ts';
import type { ImportKind } from '../../src/sync/import/import.ts';
import { openTestStore } from '../services/test-store.ts';
import { type Ran, run } from './harness.ts';
import { newFolder } from './world.ts';

/** Bad configuration, mappings, programs and flags: each with its code, its place, and nothing half written. */

function project(): string {
  const folder = newFolder();
  const connection = { manifest: connectors[0]!, alias: demoAlias };
  initProject({ folder, connection, program: 'starter.yaml' });
  return folder;
}

function edit(folder: string, file: string, change: (text: string) => string): string {
  const path = join(folder, file);
  writeFileSync(path, change(readFileSync(path, 'utf8')));
  return folder;
}

/** The folder with a folder in the place of one of its files. */
function withFolder(folder: string, name: string): string {
  rmSync(join(folder, name));
  mkdirSync(join(folder, name));
  return folder;
}

/** A new folder with one file in it. */
function inFolder(name: string, text: string): string {
  const folder = newFolder();
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), text);
  return folder;
}

/** A new project in which one file is another. */
function inProject(name: string, text: string): string {
  return edit(project(), name, () => text);
}

function keyFolder(): string {
  const folder = inFolder('key.pem', 'nonsense');
  writeFileSync(join(folder, 'cert.pem'), 'nonsense');
  return folder;
}

interface Case {
  name: string;
  argv: string[];
  folder(): string;
  environment?: Record<string, string>;
  code: string;
  exit?: number;
  /** What the message or the first action names. */
  says: string;
}

const crm = connectors[0]!.id;
const offline = ['map', 'check', '--offline'];

const cases: Case[] = [
  { name: 'no project', argv: ['status'], folder: newFolder, code: 'PROJECT_NONE', says: 'tierlink.yaml' },
  {
    name: 'an unknown key in tierlink.yaml',
    argv: ['status'],
    folder: () => edit(project(), 'tierlink.yaml', (text) => `${text}colour: red\n`),
    code: 'CONFIG_INVALID',
    says: 'tierlink.yaml:',
  },
  {
    name: 'a tierlink.yaml without a program',
    argv: ['status'],
    folder: () => inFolder('tierlink.yaml', ''),
    code: 'CONFIG_INVALID',
    says: 'tierlink.yaml:1: program: is missing',
  },
  {
    name: 'a tierlink.yaml that is something else',
    argv: ['status'],
    folder: () => inFolder('tierlink.yaml', 'nonsense'),
    code: 'CONFIG_INVALID',
    says: 'it is not a list of keys with their values',
  },
  ...(
    [
      ['tierlink.yaml', 'status'],
      ['.env', 'status'],
      ['programs/starter.yaml', 'program check'],
      [`mappings/${crm}/case.yaml`, 'map list'],
    ] as const
  ).map(
    ([name, command]): Case => ({
      name: `a folder in the place of ${name}`,
      argv: command.split(' '),
      folder: () => withFolder(project(), name),
      code: 'FILE_UNUSABLE',
      exit: 1,
      says: `${name} cannot be used: illegal operation on a directory (EISDIR)`,
    }),
  ),
  {
    name: 'a setting that is no number',
    argv: ['status'],
    folder: project,
    environment: { TIERLINK_WORKERS: 'many' },
    code: 'CONFIG_INVALID',
    says: 'TIERLINK_WORKERS: must be a whole number from 1 to 64',
  },
  ...(
    [
      ['a line that sets nothing', 'FOO BAR', 'is neither NAME=value nor a comment'],
      ['a name behind a tab', '\tFOO=x', 'FOO has more around it than'],
      ['a name behind export and two blanks', 'export  FOO=x', 'FOO has more around it than'],
      ['a value without a name', '=x', 'has no name before the ='],
      ['a name with a blank', 'FOO BAR=x', 'has a name that is not made of letters, digits and _'],
      ['a quote that is not closed', 'FOO="x', 'FOO begins with " and does not end with it'],
      [
        'a quote that the next setting closes',
        `FOO='x\nTIERLINK_WORKERS='2'`,
        "FOO goes on behind the ' that ends it",
      ],
    ] as const
  ).map(
    ([name, line, says]): Case => ({
      name: `${name} in .env`,
      argv: ['status'],
      folder: () =>
        edit(inProject('.env', `# mine\r\nexport A="b\nc" # fine\n\n`), '.env', (text) => text + line),
      code: 'CONFIG_INVALID',
      says: `.env:5: ${says}`,
    }),
  ),
  {
    name: 'an unknown kind of CRM',
    argv: ['status'],
    folder: () => edit(project(), 'tierlink.yaml', (text) => text.replace(/crm: \w+/, 'crm: sap')),
    code: 'CONNECTOR_UNKNOWN',
    says: 'sap',
  },
  {
    name: 'a setting that means nothing',
    argv: ['status'],
    folder: project,
    environment: { TIERLINK_WORKER: '3' },
    code: 'CONFIG_INVALID',
    says: 'TIERLINK_WORKER',
  },
  {
    name: 'a required option that is not set',
    argv: ['check'],
    folder: project,
    code: 'CONFIG_MISSING',
    says: 'TIERLINK_DEMO_',
  },
  {
    name: 'a connection that does not exist',
    argv: ['map', 'list', '--connection', 'prd'],
    folder: project,
    code: 'CONNECTION_UNKNOWN',
    says: 'demo',
  },
  {
    name: 'a tier that the program does not have',
    argv: ['partners', '--tier', 'Platinum'],
    folder: project,
    code: 'USAGE',
    says: 'Use one of: ',
  },
  {
    name: 'a tier status that does not exist',
    argv: ['partners', '--status', 'risky'],
    folder: project,
    code: 'USAGE',
    says: 'at_risk',
  },
  {
    name: 'no program file',
    argv: ['program', 'check'],
    folder: () => edit(project(), 'tierlink.yaml', (text) => text.replace('programs/starter.yaml', 'p.yaml')),
    code: 'PROGRAM_MISSING',
    says: 'p.yaml',
  },
  {
    name: 'a program that is not YAML',
    argv: ['program', 'check'],
    folder: () => edit(project(), 'programs/starter.yaml', (text) => `${text}\n  : [`),
    code: 'PROGRAM_UNREADABLE',
    says: 'starter.yaml',
  },
  {
    name: 'a mapping folder without mappings',
    argv: offline,
    folder: () =>
      edit(project(), 'tierlink.yaml', (text) => text.replace(`mappings: mappings/${crm}`, 'mappings: m')),
    code: 'MAPPING_NONE',
    says: 'tierlink init',
  },
  {
    name: 'a mapping with an unknown key',
    argv: ['map', 'list'],
    folder: () => edit(project(), `mappings/${crm}/case.yaml`, (text) => `${text}colour: red\n`),
    code: 'MAPPING_INVALID',
    says: 'case.yaml:',
  },
  {
    name: 'a second project in the same folder',
    argv: ['init', '--crm', crm],
    folder: project,
    code: 'FILE_EXISTS',
    says: 'tierlink.yaml',
  },
  {
    name: 'a connection name that cannot be one',
    argv: ['init', '--alias', 'My Org'],
    folder: newFolder,
    code: 'USAGE',
    says: '--alias',
  },
  {
    name: 'a secret on the command line',
    argv: ['connect', crm, '--option', 'clientSecret=abc'],
    folder: project,
    code: 'USAGE',
    says: 'TIERLINK_PROD_CLIENT_SECRET',
  },
  {
    name: 'an option that the connector does not have',
    argv: ['connect', crm, '--option', 'color=red'],
    folder: project,
    code: 'USAGE',
    says: 'no option color',
  },
  {
    name: 'both kinds of simulator contents',
    argv: ['simulator', crm, '--empty', '--data', '.'],
    folder: newFolder,
    code: 'USAGE',
    says: '--data and --empty',
  },
  {
    name: 'a simulator of an unknown CRM',
    argv: ['simulator', 'sap'],
    folder: newFolder,
    code: 'CONNECTOR_UNKNOWN',
    says: 'sap',
  },
  {
    name: 'a simulator without the folder it should load',
    argv: ['simulator', crm, '--data', '/nowhere/at/all'],
    folder: newFolder,
    code: 'USAGE',
    says: '/nowhere/at/all',
  },
  {
    name: 'a simulator with an empty folder for the source to deploy',
    argv: ['simulator', crm, '--source', newFolder()],
    folder: newFolder,
    code: 'USAGE',
    says: 'tierlink install source',
  },
  {
    name: 'a simulator with files that are no solution to deploy',
    argv: ['simulator', 'dynamics', '--source', inFolder('role.xml', '<Role/>')],
    folder: newFolder,
    code: 'SIMULATOR_INPUT',
    says: 'Other/Solution.xml: Cannot find required file.',
  },
  {
    name: 'a simulator with an empty folder for the objects of an org',
    argv: ['simulator', crm, '--metadata', newFolder()],
    folder: newFolder,
    code: 'SIMULATOR_INPUT',
    says: 'there is no JSON file in this folder',
  },
  {
    name: 'a simulator with a key that is none',
    argv: ['simulator', crm, '--tls', keyFolder()],
    folder: newFolder,
    code: 'SIMULATOR_INPUT',
    says: 'are no key with its certificate',
  },
  ...(
    [
      ['faults', 'faults.json', '{"faults":[{"kind":"storm"}]}', 'faults.0.kind'],
      ['metadata', 'Account.json', '{"fields":', 'Account.json'],
      ['data', 'Account.csv', 'Name,Colour\nA,red\n', 'Account.csv line 1, column Colour'],
    ] as const
  ).map(
    ([flag, name, text, says]): Case => ({
      name: `a simulator with ${flag} that it cannot use`,
      argv: [
        'simulator',
        crm,
        `--${flag}`,
        flag === 'data' ? inFolder(name, text) : join(inFolder(name, text), name),
      ],
      folder: newFolder,
      code: 'SIMULATOR_INPUT',
      says,
    }),
  ),
  {
    name: 'a worker of the embedded size',
    argv: ['worker'],
    folder: project,
    code: 'CONFIG_MISSING',
    says: 'DATABASE_URL',
  },
];

describe('bad input', () => {
  it.each(cases.map((each) => [each.name, each] as const))('%s', async (_name, each) => {
    const folder = each.folder();
    const before = filesOf(folder);
    const environment = { TIERLINK_PROJECT: folder, ...each.environment };
    const ran = await run(each.argv, { commands, environment });
    expectFailure(ran, each);
    const envelope = JSON.parse(
      (await run([...each.argv, '--json'], { commands, environment })).out,
    ) as unknown;
    expect(envelope).toMatchObject({ status: each.exit ?? 2, name: each.code });
    expect(filesOf(folder)).toEqual(before);
  });

  it('a wrong program names every mistake with its line, and ends with 2', async () => {
    const folder = edit(project(), 'programs/starter.yaml', (text) =>
      text.replace('unit: money', 'unit: gold').replace('review: quarter', 'review: weekly'),
    );
    const ran = await run(['program', 'check'], { commands, environment: { TIERLINK_PROJECT: folder } });
    expect(ran.exit).toBe(2);
    expect(ran.out.match(/starter\.yaml:\d+:\d+ {2}error/g)!.length).toBeGreaterThanOrEqual(2);
    expect(ran.out).toContain('kpis.sourcedRevenue.unit');
  });

  it('a wrong mapping is found with line and fix, without asking the CRM', async () => {
    const folder = edit(project(), `mappings/${crm}/person.yaml`, (text) =>
      text.replace('direction: in', 'direction: into'),
    );
    const ran = await run(offline, { commands, environment: { TIERLINK_PROJECT: folder } });
    expect(ran.exit).toBe(2);
    expect(ran.out).toMatch(/x {3}\d+:\d+ {2}MAPPING_INVALID {2}attributes\./);
    expect(ran.out).toContain('fix: ');
  });

  it('doctor turns what is wrong into findings', async () => {
    const folder = edit(project(), 'tierlink.yaml', (text) =>
      text.replace('every 300 seconds', '0 0 30 2 * UTC'),
    );
    const ran = await run(['doctor', '--json'], {
      commands,
      environment: { TIERLINK_PROJECT: folder },
    });
    expect(ran.exit).toBe(1);
    const { result } = JSON.parse(ran.out) as {
      result: { checks: { check: string; status: string; fix: string }[] };
    };
    const failed = result.checks.filter(({ status }) => status === 'fail');
    expect(failed.map(({ check }) => check)).toEqual(['schedules', 'sign-in']);
    for (const { fix } of failed) expect(fix).not.toBe('');
  });
});

describe('a bad file to import', () => {
  let store: Store;
  beforeAll(async () => {
    store = await openTestStore();
    await store.query(`insert into tierlink.partner (id, name) values ('P', 'Acme')`);
    await store.query(
      `insert into tierlink.person (id, name, email, partner) values ('H', 'Ann', 'ann@acme.example', 'P')`,
    );
    // Whoever opens the project first notes its connection.
    await run(['status'], { commands, environment: { TIERLINK_PROJECT: project() }, store });
  });
  afterAll(() => store.close());

  const header = 'email,code,issued_on\n';
  const good = 'ann@acme.example,PRO,2026-01-15\n';
  const files: { name: string; kind: ImportKind; text: string; code: string; says: string }[] = [
    {
      name: 'without contents',
      kind: 'certifications',
      text: '',
      code: 'IMPORT_HEADER',
      says: 'bad.csv: there is no header',
    },
    {
      name: 'without a column that is required',
      kind: 'certifications',
      text: 'email,issued_on\nann@acme.example,2026-01-15\n',
      code: 'IMPORT_HEADER',
      says: 'code',
    },
    {
      name: 'with a column that means nothing',
      kind: 'certifications',
      text: 'email,code,colour\nann@acme.example,PRO,red\n',
      code: 'IMPORT_HEADER',
      says: 'colour',
    },
    {
      name: 'with a day that is none, below a good row',
      kind: 'certifications',
      text: `${header}${good}ann@acme.example,TOP,15.01.2026\n`,
      code: 'IMPORT_ROWS',
      says: '15.01.2026',
    },
    {
      name: 'with a holder that nobody knows, below a good row',
      kind: 'certifications',
      text: `${header}${good}bo@nowhere.example,PRO,2026-01-15\n`,
      code: 'IMPORT_ROWS',
      says: 'line 3',
    },
    {
      name: 'with a lead of an unknown partner, below a good row',
      kind: 'leads',
      text: 'partner,email\nAcme,bo@a.example\nNobody,bo@b.example\n',
      code: 'IMPORT_ROWS',
      says: 'Nobody',
    },
    {
      name: 'with a person without an address, below a good row',
      kind: 'people',
      text: 'email,partner\nbo@acme.example,Acme\n,Acme\n',
      code: 'IMPORT_ROWS',
      says: 'line 3',
    },
    {
      name: 'with a quantity that is no number, below a good row',
      kind: 'facts',
      text: 'partner,kind,occurred_on,quantity\nAcme,usage,2026-03-31,5\nAcme,usage,2026-04-30,many\n',
      code: 'IMPORT_ROWS',
      says: 'many',
    },
  ];

  it.each(files.map((each) => [each.kind, each.name, each] as const))(
    '(%s) %s is refused with its place, and no table has a row more or less',
    async (kind, _name, { text, ...expected }) => {
      const argv = ['import', kind, join(inFolder('bad.csv', text), 'bad.csv')];
      await expectRefused(argv, expected);
    },
  );

  it('that does not exist, or is a folder, is named', async () => {
    const folder = newFolder();
    for (const file of [join(folder, 'bad.csv'), folder]) {
      await expectRefused(['import', 'people', file], { code: 'IMPORT_FILE', says: file });
    }
  });

  async function expectRefused(argv: string[], expected: { code: string; says: string }): Promise<void> {
    const before = await rowsOf(store);
    const options = { commands, environment: { TIERLINK_PROJECT: project() }, store };
    expectFailure(await run(argv, options), expected);
    const { out } = await run([...argv, '--json'], options);
    expect(JSON.parse(out)).toMatchObject({ status: 2, name: expected.code });
    expect(await rowsOf(store)).toEqual(before);
  }
});

/** How many rows each table has. */
async function rowsOf(store: Store): Promise<Record<string, number>> {
  const tables = await store.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'tierlink' order by 1`,
  );
  const counts = tables.map(({ name }) => `select '${name}' as name, count(*)::int as rows from ${name}`);
  const rows = await store.query<{ name: string; rows: number }>(counts.join(' union all '));
  return Object.fromEntries(rows.map((row) => [row.name, row.rows]));
}

function expectFailure(ran: Ran, { code, exit = 2, says }: Pick<Case, 'code' | 'exit' | 'says'>): void {
  expect(ran).toMatchObject({ exit, out: '' });
  expect(ran.err).toContain(`Error ${code}: `);
  expect(ran.err).toContain('Try:');
  expect(ran.err).toContain(says);
  expect(ran.err).not.toMatch(/\n\s+at /);
}

/** Every file of a folder with its contents, the store left out: opening it is no half-written work. */
function filesOf(folder: string): Record<string, string> {
  mkdirSync(folder, { recursive: true });
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  );
  const paths = files
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes('.tierlink'));
  return Object.fromEntries(paths.sort().map((path) => [path, readFileSync(path, 'utf8')]));
}
