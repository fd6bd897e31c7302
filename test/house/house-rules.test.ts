import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { describe, expect, it } from '@jest/globals';

/** Rules of the house that no linter knows. Each lists what breaks it, so that the message is the place to mend. */

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(file));
const code = files.filter((file) => /^(src|connectors|jobs)\/.*\.(ts|js)$/.test(file));
const allCode = files.filter((file) => /^(src|connectors|jobs|test|bench)\/.*\.(ts|js)$/.test(file));
const text = (file: string) => readFileSync(file, 'utf8');

/** The lines of a file that match, as "file:line". */
function places(list: string[], pattern: RegExp): string[] {
  return list.flatMap((file) =>
    text(file)
      .split('\n')
      .flatMap((line, index) =>
        pattern.test(line) ? [`${file}:${index + 1}: ${line.trim().slice(0, 90)}`] : [],
      ),
  );
}

/** The layers, lowest first: a file may import from its own layer and from those below. */
const layers: Record<string, number> = {
  'src/env-file': 0,
  'src/errors': 0,
  'src/errors-page': 0,
  'src/system-errors': 0,
  'src/replace-together': 0,
  'src/text-file': 0,
  'src/model': 0,
  'src/package-root': 0,
  'src/yaml-places': 0,
  'src/store': 1,
  'src/queue': 1,
  'src/program': 2,
  'src/kpi': 3,
  'src/tier': 3,
  'src/sync': 4,
  'src/sync/mapping': 4,
  'src/sync/records': 4.1,
  'src/sync/suggest': 4.1,
  'src/sync/match': 4.2,
  'src/sync/pull': 4.3,
  'src/sync/import': 4.4,
  'src/sync/links': 4.4,
  'src/sync/push': 4.5,
  'src/sync/pass': 4.6,
  'src/alerts': 5,
  'src/plan': 5,
  'src/verify': 5,
  'src/install': 5,
  connectors: 5,
  'src/connectors-page': 6,
  'src/registry': 6,
  'src/config': 6,
  'src/project': 6,
  'src/app': 7,
  'src/service': 7,
  'src/demo': 8,
  jobs: 8,
  'src/cli': 9,
};

function layerOf(file: string): number | undefined {
  const prefix = Object.keys(layers)
    .filter(
      (name) =>
        file === name ||
        file.startsWith(`${name}/`) ||
        file.startsWith(`${name}.`) ||
        file.startsWith(`${name}-`),
    )
    .sort((a, b) => b.length - a.length)[0];
  return prefix === undefined ? undefined : layers[prefix];
}

function importsOf(file: string): { target: string; typeOnly: boolean }[] {
  const pattern = /^(import|export)\s+(type\s)?[^;]*?from\s+'(\.[^']+)';/gm;
  return [...text(file).matchAll(pattern)].map((match) => ({
    target: resolve(dirname(file), match[3] ?? '').slice(process.cwd().length + 1),
    typeOnly: match[2] !== undefined,
  }));
}

/** What may stand at the top: a new name there is a decision, not a leftover of a run. */
const top = [
  ...['src', 'connectors', 'mappings', 'jobs', 'programs', 'test', 'bench', 'docs', '.ci'],
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'LICENSE', '.env.example', '.gitignore', '.npmrc'],
  ...[
    'package.json',
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.build.json',
    'biome.json',
    'jest.config.js',
  ],
];

describe('the house', () => {
  it('has nothing at the top without a decision', () => {
    const names = new Set(files.map((file) => file.split('/')[0]!));
    expect([...names].filter((name) => !top.includes(name))).toEqual([]);
  });

  it('knows a layer for every source file', () => {
    expect(code.filter((file) => layerOf(file) === undefined)).toEqual([]);
  });

  it('imports downwards only', () => {
    const wrong = code.flatMap((file) =>
      importsOf(file)
        .filter(({ target, typeOnly }) => !typeOnly && (layerOf(target) ?? 0) > (layerOf(file) ?? 99))
        .map(({ target }) => `${file} -> ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  it('starts commands without the queue, which takes longer to load than most of them take to run', () => {
    const started = new Set(['src/cli/main.ts']);
    for (const file of started) {
      for (const { target, typeOnly } of importsOf(file)) if (!typeOnly) started.add(target);
    }
    expect(started.size).toBeGreaterThan(100);
    expect(places([...started], /from '(bullmq|ioredis)'/)).toEqual([]);
  });

  it('names no CRM in src outside the registry', () => {
    const list = code.filter((file) => file.startsWith('src/') && file !== 'src/registry.ts');
    expect(places(list, /salesforce|dynamics|dataverse/i)).toEqual([]);
  });

  it('reads the environment in one place', () => {
    const list = code.filter((file) => file !== 'src/config.ts');
    expect(places(list, /process\.env\b/)).toEqual([]);
  });

  it('has no left-over marks and no any', () => {
    expect(places(allCode, /\b(TO[D]O|FI[X]ME|HA[C]K)\b/)).toEqual([]);
    expect(places(code, /:\s*any\b|\bas any\b|<any>/)).toEqual([]);
  });

  it('keeps files short enough to read', () => {
    const lengths = allCode.map((file) => ({ file, lines: text(file).split('\n').length }));
    expect(lengths.filter(({ lines }) => lines > 500)).toEqual([]);
  });

  it('has no folder for things without a place', () => {
    expect(files.filter((file) => /(^|\/)(utils|helpers|common|lib)\//.test(file))).toEqual([]);
  });

  it('gives every connector the same files', () => {
    const wanted = [
      'index.ts',
      'client.ts',
      'describe.ts',
      'read.ts',
      'changes.ts',
      'write.ts',
      'errors.ts',
      'README.md',
    ];
    const missing = ['salesforce', 'memory'].flatMap((crm) =>
      wanted.map((name) => `connectors/${crm}/${name}`).filter((file) => !existsSync(file)),
    );
    expect(missing.filter((file) => file.startsWith('connectors/salesforce'))).toEqual([]);
  });
});
