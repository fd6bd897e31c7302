import { expect, it } from '@jest/globals';
import { conflictAttempts, despiteConflicts } from '../../src/store/conflicts.ts';

const failing = (code: string, times: number) => {
  const tried = { times: 0 };
  const work = async () => {
    tried.times += 1;
    if (tried.times <= times) throw Object.assign(new Error(code), { code });
    return 'done';
  };
  return { tried, work };
};

it.each(['40P01', '40001'])('begins again what the database rolled back with %s', async (code) => {
  const { tried, work } = failing(code, 2);
  expect(await despiteConflicts(work)).toBe('done');
  expect(tried.times).toBe(3);
});

it('throws everything else at once, and a conflict that does not end', async () => {
  const unique = failing('23505', 1);
  await expect(despiteConflicts(unique.work)).rejects.toThrow('23505');
  expect(unique.tried.times).toBe(1);
  const endless = failing('40P01', Number.POSITIVE_INFINITY);
  await expect(despiteConflicts(endless.work)).rejects.toThrow('40P01');
  expect(endless.tried.times).toBe(conflictAttempts);
});
