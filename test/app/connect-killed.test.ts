import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, it, jest } from '@jest/globals';
import { connectors } from '../../src/registry.ts';
import { Killed, Lifetime } from '../sync/dying.ts';

/** What `connect` and `init` keep in files, cut short after each of their steps: the next command finds all of it or nothing. */

/** The process that writes; the test itself is none. */
let life = new Lifetime(Number.POSITIVE_INFINITY);
/** What somebody else does after each of its steps, told how many they are. */
let meanwhile: (steps: number) => void = () => undefined;

/** One step on the disk. The result of the last one is lost, and after it nothing happens any more. */
function mortal<A extends unknown[], R>(work: (...given: A) => R): (...given: A) => R {
  return (...given) => {
    if (life.isDead) throw new Killed();
    const result = work(...given);
    life.steps += 1;
    meanwhile(life.steps);
    if (life.isDead) throw new Killed();
    return result;
  };
}

const fs = jest.requireActual<typeof import('node:fs')>('node:fs');
const { openSync, ftruncateSync, renameSync, rmSync, mkdirSync: makeFolder, chmodSync } = fs;
const steps = { openSync, ftruncateSync, renameSync, rmSync, mkdirSync: makeFolder, chmodSync };
const written = { writeFileSync: fs.writeFileSync };
jest.unstable_mockModule('node:fs', () => ({
  ...fs,
  ...Object.fromEntries(
    Object.entries({ ...steps, ...written }).map(([name, work]) => [name, mortal(work as () => unknown)]),
  ),
}));
const { keepConnection } = await import('../../src/app/connect.ts');
const { loadConfig } = await import('../../src/config.ts');
const { connectionOptions } = await import('../../src/config-connections.ts');
const { initProject } = await import('../../src/project-init.ts');
const { loadProject } = await import('../../src/project.ts');
const { takeSignIn } = await import('../../src/sync/sign-in-file.ts');

const manifest = connectors[0]!;
const alias = 'prod';
const newFolder = () => mkdtempSync(join(tmpdir(), 'tierlink-connect-killed-'));
const immortal = () => new Lifetime(Number.POSITIVE_INFINITY);

/** Every file but those that a process which may still live is at, and locks. */
function contents(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && !/\.new$|\.lock$|\.pending/.test(`${entry.parentPath}/${entry.name}`),
    )
    .map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(files.map((file) => [file.slice(folder.length), readFileSync(file, 'utf8')]));
}

function copyOf(files: Record<string, string>): string {
  const folder = newFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text, { mode: 0o600 });
  }
  return folder;
}

/** The connection as the next command has it; null where the project has none. */
function nextCommand(folder: string): Record<string, string> | null {
  const config = loadConfig({ TIERLINK_PROJECT: folder });
  const known = loadProject(config.projectFolder).connections[alias];
  if (known === undefined) return null;
  return connectionOptions(config.environment, { alias, manifest, options: known.options });
}

function requestIn(folder: string, options: Record<string, string>) {
  const config = loadConfig({ TIERLINK_PROJECT: folder });
  const project = loadProject(folder);
  return { config, project, alias, manifest, options, host: {} as never };
}

type Work = (folder: string) => unknown;

/** Lets it die after each of its steps and looks what the next command finds, until it is through. */
async function expectNothingOrWhole(start: Record<string, string>, work: Work): Promise<void> {
  const whole = copyOf(start);
  await work(whole);
  const clean = [nextCommand(whole), contents(whole)];
  const before = copyOf(start);
  const found = [nextCommand(before), contents(before)];
  const ends = new Set<string>();
  for (let step = 1; ; step += 1) {
    const folder = copyOf(start);
    life = new Lifetime(step);
    const died = await Promise.resolve(folder)
      .then(work)
      .then(
        () => false,
        (error: unknown) => {
          if (!life.isDead) throw error;
          return true;
        },
      );
    life = immortal();
    const end = relative([nextCommand(folder), contents(folder)], folder);
    ends.add(end);
    expect({ step, end: [relative(found, before), relative(clean, whole)] }).toEqual({
      step,
      end: expect.arrayContaining([end]),
    });
    if (!died) break;
  }
  // It died on both sides of the step that counts.
  expect(ends.size).toBe(2);
}

function relative(end: unknown, folder: string): string {
  return JSON.stringify(end).replaceAll(folder, 'PROJECT');
}

const asked = { clientId: 'client-1', loginUrl: 'https://one.example', username: 'tierlink@acme.example' };
const secret = Object.fromEntries(
  manifest.options.filter((option) => option.secret).map(({ key }) => [key, `${key} of one`]),
);

function emptyProject(): Record<string, string> {
  const folder = newFolder();
  initProject({ folder, connection: null, program: 'starter.yaml' });
  return contents(folder);
}

it('a connection that is new is there whole or not at all', async () => {
  await expectNothingOrWhole(emptyProject(), (folder) =>
    keepConnection(requestIn(folder, { ...asked, ...secret }), []),
  );
});

it('a connection that is changed has its user and its secret of one time', async () => {
  const folder = newFolder();
  initProject({ folder, connection: { manifest, alias }, program: 'starter.yaml' });
  keepConnection(requestIn(folder, { ...asked, ...secret }), []);
  const other = Object.fromEntries(
    Object.entries({ ...asked, ...secret }).map(([key, value]) => [key, value.replace('one', 'two')]),
  );
  await expectNothingOrWhole(contents(folder), (each) =>
    keepConnection(requestIn(each, { ...other, username: 'other@acme.example' }), []),
  );
});

it('a first sign-in by browser is kept with its connection or leaves no file', async () => {
  const options = { ...asked, signInFile: './.tierlink/sign-in/prod.json' };
  await expectNothingOrWhole(emptyProject(), (folder) =>
    takeSignIn({ file: join(folder, '.tierlink', 'sign-in', 'prod.json'), connection: alias }, 'granted', {
      attempt: async () => undefined,
      keep: (first) => keepConnection(requestIn(folder, options), first),
    }),
  );
});

it('a disk that refuses one of the files leaves all as they were', () => {
  const start = emptyProject();
  const folder = copyOf(start);
  mkdirSync(join(folder, '.env.d'));
  const request = requestIn(folder, { ...asked, ...secret });
  const inTheWay = { file: join(folder, '.env.d'), text: 'x', mode: 0o600 };
  expect(() =>
    keepConnection(request, [{ file: join(folder, 'first'), text: 'x', mode: 0o600 }, inTheWay]),
  ).toThrow();
  expect(contents(folder)).toEqual(start);
});

it('a connection that is kept while other commands read the project is there whole', () => {
  const start = emptyProject();
  const whole = copyOf(start);
  life = immortal();
  keepConnection(requestIn(whole, { ...asked, ...secret }), []);
  const { steps } = life;
  for (let step = 1; step <= steps; step += 1) {
    const folder = copyOf(start);
    const request = requestIn(folder, { ...asked, ...secret });
    life = immortal();
    meanwhile = (count) => {
      if (count !== step) return;
      meanwhile = () => undefined;
      nextCommand(folder);
    };
    keepConnection(request, []);
    const files = relative(contents(folder), folder);
    expect({ step, files }).toEqual({ step, files: relative(contents(whole), whole) });
  }
  expect(steps).toBeGreaterThan(10);
});

it('a project that was begun is finished by the same init, and stays as it is afterwards', () => {
  const request = (folder: string) => ({ folder, connection: { manifest, alias }, program: 'starter.yaml' });
  const whole = newFolder();
  initProject(request(whole));
  for (let step = 1; ; step += 1) {
    const folder = newFolder();
    life = new Lifetime(step);
    try {
      initProject(request(folder));
      break;
    } catch (error) {
      expect(error).toBeInstanceOf(Killed);
    } finally {
      life = immortal();
    }
    const isWhole = fs.existsSync(join(folder, 'tierlink.yaml'));
    if (isWhole) expect(() => initProject(request(folder))).toThrow('tierlink.yaml');
    else initProject(request(folder));
    expect({ step, files: contents(folder) }).toEqual({ step, files: contents(whole) });
  }
});
