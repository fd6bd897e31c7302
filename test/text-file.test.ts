import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { replaceFile } from '../src/text-file.ts';

it('removes what a process that is gone had begun in the place of a file, and nothing else', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tierlink-text-file-'));
  const gone = spawnSync(process.execPath, ['--version']).pid;
  const others = ['.env.example', `.env.${process.ppid}.new`, '.env.old.new'];
  for (const name of [`.env.${gone}.new`, ...others]) writeFileSync(join(folder, name), 'SECRET=1');
  replaceFile(join(folder, '.env'), 'SECRET=2\n', 0o600);
  expect(readdirSync(folder).sort()).toEqual(['.env', ...others].sort());
  expect(readFileSync(join(folder, '.env'), 'utf8')).toBe('SECRET=2\n');
});
