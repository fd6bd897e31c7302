import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { doctorCodes } from '../../src/app/doctor/codes.ts';
import { doctorPage } from '../../src/app/doctor/page.ts';
import { fromPackageRoot } from '../../src/package-root.ts';
import { connectors } from '../../src/registry.ts';

it('docs/doctor.md shows the codes; UPDATE_DOCS=1 writes it', () => {
  const file = fromPackageRoot('docs', 'doctor.md');
  if (process.env.UPDATE_DOCS === '1') writeFileSync(file, doctorPage());
  expect(readFileSync(file, 'utf8')).toBe(doctorPage());
});

it('every code is of one finding that a check can make', () => {
  const pattern = "'DOC-[A-Z][0-9]+'";
  const grep = ['grep', '-ohE', pattern, '--', 'src/app/doctor', ':!src/app/doctor/codes.ts'];
  const used = new Set(
    execFileSync('git', grep, { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map((code) => code.replaceAll("'", '')),
  );
  expect([...used].sort()).toEqual(Object.keys(doctorCodes).sort());
});

it('each CRM names the way to a field and to the rights on an object', () => {
  for (const { setUpPath } of connectors) {
    const field = setUpPath({ object: 'Account', field: 'Partner Tier' });
    expect(field).toMatch(/ > Account > .+ > Partner Tier > /);
    expect(setUpPath({ object: 'Account', field: null })).toMatch(/ > Account$/);
  }
});
