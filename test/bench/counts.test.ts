import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { smallSize } from '../../bench/size.ts';
import { fromPackageRoot } from '../../src/package-root.ts';

/** What the bench counts must hold on any machine; what it times is for people to look at. */

interface Step {
  written: number;
  calls: number;
  least: number;
  objects: { object: string; rows: number }[];
}

interface Cases {
  push: { tiers: Step; rest: Step };
  'nothing-changed': { written: number; changed: number; calls: number };
}

describe('the bench at its small size', () => {
  let cases: Cases;

  beforeAll(async () => {
    const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
    const script = fromPackageRoot('bench', 'main.ts');
    const args = ['--import', loader, script, '--small', '--json', '--only', 'push,nothing-changed'];
    const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 2 ** 24 });
    ({ cases } = JSON.parse(stdout) as { cases: Cases });
  }, 300_000);

  it('writes the tier of every partner', () => {
    const accounts = cases.push.tiers.objects.find((each) => each.object === 'Account');
    expect(accounts?.rows).toBe(smallSize.partners);
  });

  it('pushes with the least possible calls, or at most a tenth more', () => {
    const { tiers, rest } = cases.push;
    expect(tiers.calls + rest.calls).toBeLessThanOrEqual((tiers.least + rest.least) * 1.1);
  });

  it('writes nothing in a pass after which nothing changed', () => {
    expect(cases['nothing-changed']).toMatchObject({ written: 0, changed: 0 });
  });

  it('learns in five calls or less that nothing changed', () => {
    expect(cases['nothing-changed'].calls).toBeLessThanOrEqual(5);
  });
});
