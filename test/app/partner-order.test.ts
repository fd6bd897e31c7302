import { expect, it } from '@jest/globals';
import { byName } from '../../src/app/partners.ts';

it('partners are in the order of their names in any case, and those of one name in that of their ids', () => {
  const partners = [
    { id: 'c', name: 'Twin' },
    { id: 'd', name: 'acme' },
    { id: 'a', name: 'twin' },
    { id: 'b', name: 'Nordic' },
  ];
  const ordered = ['d', 'b', 'a', 'c'];
  expect(partners.toSorted(byName).map(({ id }) => id)).toEqual(ordered);
  expect(
    partners
      .toReversed()
      .toSorted(byName)
      .map(({ id }) => id),
  ).toEqual(ordered);
});
