import { describe, expect, it } from '@jest/globals';
import { TierlinkError } from '../../src/errors.ts';
import { startFailure } from '../../src/store/start-failure.ts';

describe('a database that does not start', () => {
  const cause = new TierlinkError('STORE_ENDED', { reason: 'it failed' });

  it('is said to have no space where its disk has less than it begins with', () => {
    expect(startFailure('/data', cause, () => 3 * 1024 * 1024)).toMatchObject({
      code: 'STORE_FULL',
      message: expect.stringContaining('3 MB are free'),
    });
  });

  it('is said not to start where there is space, and why', () => {
    expect(startFailure('/data', cause, () => 1e9)).toMatchObject({
      code: 'STORE_NOT_STARTED',
      message: expect.stringContaining('does not start: it failed.'),
    });
  });
});
