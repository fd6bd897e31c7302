import { expect, it } from '@jest/globals';
import { rejectsRetry } from '../../src/cli/commands/rejects/retry.ts';
import { shown } from './harness.ts';

it.each([
  [{ writes: 0, compared: 0, reads: 1 }, '1 record was read again.\n'],
  [
    { writes: 1, compared: 2, reads: 3 },
    '1 write goes out again, 2 records are compared again, 3 records were read again.\n',
  ],
  [{ writes: 0, compared: 0, reads: 0 }, 'There is nothing to try again.\n'],
])('a retry says what happened to %j', (result, line) => {
  expect(shown(rejectsRetry, result)).toBe(line);
});
