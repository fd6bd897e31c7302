import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { describeWith } from './describe-with.ts';

describe('suites that need a server', () => {
  const before = process.env.CI;
  const printed: string[] = [];

  beforeEach(() => {
    printed.length = 0;
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      printed.push(String(text));
      return true;
    });
  });
  afterEach(() => {
    jest.restoreAllMocks();
    if (before === undefined) delete process.env.CI;
    else process.env.CI = before;
  });

  it('run when its programs are there', () => {
    expect(describeWith({ postgres: '/usr/bin/postgres' })).toBe(describe);
    expect(printed).toEqual([]);
  });

  it('are left out with one line that says what to install', () => {
    delete process.env.CI;
    expect(describeWith({ initdb: undefined, postgres: '/x' })).not.toBe(describe);
    expect(printed).toEqual([
      expect.stringMatching(/^skipped: initdb .*apt-get install postgresql redis-server\n$/),
    ]);
  });

  it('fail in CI, where they must run', () => {
    process.env.CI = 'true';
    expect(() => describeWith({ 'redis-server': undefined })).toThrow(
      'apt-get install postgresql redis-server',
    );
  });

  it('are left out in CI as well where it must not depend on them', () => {
    process.env.CI = 'true';
    const missing = { install: 'pip install it', mayBeMissing: true };
    expect(describeWith({ client: undefined }, missing)).not.toBe(describe);
    expect(printed).toEqual(['skipped: client not found; install with: pip install it\n']);
  });
});
