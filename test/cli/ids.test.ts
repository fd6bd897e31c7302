import { expect, it } from '@jest/globals';
import { idsOf } from '../../src/cli/ids.ts';

it('several ids are words of their own, or have commas between them, with blanks or without', () => {
  expect(idsOf(['a-1', 'a-2,a-3', 'a-4, a-5', ' ,', ','])).toEqual(['a-1', 'a-2', 'a-3', 'a-4', 'a-5']);
});
