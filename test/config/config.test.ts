import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadConfig, settingNames } from '../../src/config.ts';
import { connectionOptions, refuseUnknownVariables } from '../../src/config-connections.ts';
import { listSettings } from '../../src/config-listing.ts';
import { isTierlinkError, type TierlinkError } from '../../src/errors.ts';
import { fromPackageRoot } from '../../src/package-root.ts';
import { connectors } from '../../src/registry.ts';
import { optionVariable } from '../../src/sync/option-variable.ts';
import { fakeConnection } from './fake-manifest.ts';

function projectFolder(env = ''): string {
  const folder = mkdtempSync(join(tmpdir(), 'tierlink-config-'));
  writeFileSync(join(folder, '.env'), env);
  return folder;
}

function thrownBy(work: () => unknown): TierlinkError {
  try {
    work();
  } catch (error) {
    if (isTierlinkError(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('settings', () => {
  it('come from the environment before .env before the default, and say so', () => {
    const folder = projectFolder('LOG_LEVEL=debug\nTIERLINK_WORKERS=7\n');
    const config = loadConfig({ TIERLINK_PROJECT: folder, LOG_LEVEL: 'warn' });
    expect(config.settings).toMatchObject({
      LOG_LEVEL: 'warn',
      TIERLINK_WORKERS: 7,
      TIERLINK_HOME: '.tierlink',
    });
    expect(['LOG_LEVEL', 'TIERLINK_WORKERS', 'TIERLINK_HOME', 'DATABASE_URL'].map(config.sourceOf)).toEqual([
      'environment',
      '.env',
      'default',
      'not set',
    ]);
    expect(config.dataFolder).toBe(join(folder, '.tierlink'));
  });

  it('count as not set when they are empty', () => {
    const config = loadConfig({ TIERLINK_PROJECT: projectFolder('DATABASE_URL=\n'), LOG_LEVEL: '' });
    expect(config.settings).toMatchObject({ LOG_LEVEL: 'info' });
    expect(config.settings.DATABASE_URL).toBeUndefined();
  });

  const wrong: [Record<string, string>, string][] = [
    [{ LOG_LEVEL: 'loud' }, 'LOG_LEVEL'],
    [{ DATABASE_URL: 'mysql://localhost/x' }, 'DATABASE_URL'],
    [{ DATABASE_URL: 'localhost' }, 'DATABASE_URL'],
    [{ REDIS_URL: 'redis://localhost' }, 'REDIS_URL'],
    [{ TIERLINK_WORKERS: '0' }, 'TIERLINK_WORKERS'],
    [{ TIERLINK_WORKERS: 'two' }, 'TIERLINK_WORKERS'],
    [{ TIERLINK_ACCESSIBLE: 'maybe' }, 'TIERLINK_ACCESSIBLE'],
    [{ TIERLINK_TIME_ZONE: 'Mars/Base' }, 'TIERLINK_TIME_ZONE'],
    [{ COLUMNS: '3' }, 'COLUMNS'],
    [{ DATABASE_URL_FILE: '/nowhere/at/all' }, 'DATABASE_URL_FILE'],
  ];
  it.each(wrong)('%j is refused by name', (environment, place) => {
    const error = thrownBy(() => loadConfig({ TIERLINK_PROJECT: projectFolder(), ...environment }));
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', exit: 2, data: { place } });
  });

  it('start relative paths of secret files at the project folder', () => {
    const folder = projectFolder('DATABASE_URL_FILE=./database\nTIERLINK_PROD_SECRET_FILE=secrets/prod\n');
    writeFileSync(join(folder, 'database'), 'postgres://there/db\n');
    const config = loadConfig({ TIERLINK_PROJECT: folder });
    expect(config.settings.DATABASE_URL).toBe('postgres://there/db');
    expect(config.environment.TIERLINK_PROD_SECRET_FILE).toBe(join(folder, 'secrets', 'prod'));
  });

  it('are taken from .env in every way in which it may be written', () => {
    const text = [
      '\ufeffTIERLINK_WORKERS=3 # three',
      '  export A_KEY="-----BEGIN',
      '# no comment',
      'END-----" # of its own',
      '',
      'B=\'say "x=1"\'\r',
      "C=it's fine",
      'D=`it\'s "fine"`',
      'E=',
    ].join('\n');
    const { settings, environment } = loadConfig({ TIERLINK_PROJECT: projectFolder(text) });
    expect(settings.TIERLINK_WORKERS).toBe(3);
    expect(environment).toMatchObject({
      A_KEY: '-----BEGIN\n# no comment\nEND-----',
      B: 'say "x=1"',
      C: "it's fine",
      D: 'it\'s "fine"',
    });
    expect(environment).not.toHaveProperty('E');
  });

  it('are explained in .env.example, all of them and no other', () => {
    const example = readFileSync(fromPackageRoot('.env.example'), 'utf8').split('# --- Connections')[0]!;
    const named = [...example.matchAll(/^#([A-Z_]+)=/gm)].map((match) => match[1]);
    expect(named.sort()).toEqual([...settingNames].sort());
    const flat = example.replace(/\n# /g, ' ');
    for (const { help } of listSettings(loadConfig({ TIERLINK_PROJECT: projectFolder() }), [], [])) {
      expect(flat).toContain(help);
    }
  });
});

describe('options of a connection', () => {
  it('are explained in .env.example for every kind of CRM, all of them and no other', () => {
    const own = readFileSync(fromPackageRoot('.env.example'), 'utf8').split('# --- Connections')[1]!;
    const named = [...own.matchAll(/^#([A-Z_]+)=/gm)].map((match) => match[1]);
    const aliases = ['prod', 'emea'];
    expect(aliases).toHaveLength(connectors.length);
    expect(named).toEqual(
      connectors.flatMap(({ options }, index) =>
        options.map(({ key }) => optionVariable(aliases[index]!, key)),
      ),
    );
    const flat = own.replace(/\n# /g, ' ');
    for (const { help } of connectors.flatMap(({ options }) => options)) expect(flat).toContain(help);
  });

  it('are named after the connection and the option', () => {
    expect(optionVariable('prod', 'clientId')).toBe('TIERLINK_PROD_CLIENT_ID');
    expect(optionVariable('emea-test', 'loginUrl')).toBe('TIERLINK_EMEA_TEST_LOGIN_URL');
  });

  it('come from the environment before tierlink.yaml before the default', () => {
    const connection = fakeConnection({ host: 'https://file.example' });
    const environment = { TIERLINK_PROD_SECRET: 's3cret' };
    expect(connectionOptions(environment, connection)).toEqual({
      host: 'https://file.example',
      secret: 's3cret',
      pages: '10',
    });
    const over = { ...environment, TIERLINK_PROD_HOST: 'https://env.example' };
    expect(connectionOptions(over, connection)).toMatchObject({ host: 'https://env.example' });
  });

  it('can be secrets in a file, but not in both places', () => {
    const file = join(projectFolder(), 'secret');
    writeFileSync(file, 'from-file\n');
    const connection = fakeConnection({ host: 'h' });
    expect(connectionOptions({ TIERLINK_PROD_SECRET_FILE: file }, connection)).toMatchObject({
      secret: 'from-file',
    });
    const both = { TIERLINK_PROD_SECRET_FILE: file, TIERLINK_PROD_SECRET: 'x' };
    expect(thrownBy(() => connectionOptions(both, connection))).toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('are refused in tierlink.yaml when they are secrets, or mean nothing', () => {
    const environment = { TIERLINK_PROD_SECRET: 's3cret' };
    const secret = thrownBy(() => connectionOptions(environment, fakeConnection({ secret: 'in the open' })));
    expect(secret).toMatchObject({
      code: 'CONFIG_INVALID',
      data: { reason: expect.stringContaining('TIERLINK_PROD_SECRET') },
    });
    expect(String(secret)).not.toContain('in the open');
    const misspelt = thrownBy(() => connectionOptions(environment, fakeConnection({ hots: 'h' })));
    expect(misspelt).toMatchObject({ data: { reason: expect.stringContaining('"host"') } });
  });

  it('name the variable of a required option that is missing', () => {
    const error = thrownBy(() => connectionOptions({}, fakeConnection({ host: 'h' })));
    expect(error).toMatchObject({ code: 'CONFIG_MISSING', data: { missing: ['TIERLINK_PROD_SECRET'] } });
  });

  it('and settings that mean nothing are refused', () => {
    const known = { TIERLINK_HOME: 'x', TIERLINK_PROD_SECRET_FILE: 'y', PATH: '/bin' };
    expect(() => refuseUnknownVariables(known, [fakeConnection({})], [])).not.toThrow();
    const error = thrownBy(() =>
      refuseUnknownVariables({ TIERLINK_PROD_SECRT: 'x' }, [fakeConnection({})], []),
    );
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', data: { place: 'TIERLINK_PROD_SECRT' } });
  });

  it('are listed with secrets masked', () => {
    const folder = projectFolder('TIERLINK_PROD_SECRET=hunter22\n');
    const listed = listSettings(
      loadConfig({ TIERLINK_PROJECT: folder }),
      [fakeConnection({ host: 'h' })],
      [],
    );
    expect(JSON.stringify(listed)).not.toContain('hunter22');
    expect(listed.find(({ name }) => name === 'TIERLINK_PROD_SECRET')).toMatchObject({
      source: '.env',
      secret: true,
    });
    expect(listed.find(({ name }) => name === 'TIERLINK_PROD_HOST')).toMatchObject({
      value: 'h',
      source: 'tierlink.yaml',
    });
  });
});
