import { describe, expect, it } from '@jest/globals';
import { apart, type Carrier, judge } from '../../src/sync/match/pairs.ts';
import { fc } from '../services/fast-check.ts';

const order = ['north', 'south', 'west'];
const carrier = (recordId: string, connections: string[], isOwn = true): Carrier => ({
  recordId,
  connections,
  isOwn,
  otherKeys: [],
});
const options = { order, mayJoin: true, needsSecond: false, wasParted: () => false };

describe('records with one key', () => {
  it('are joined into that of the first connection', () => {
    const carriers = [carrier('c', ['west']), carrier('b', ['south']), carrier('a', ['north'])];
    expect(judge(carriers, options)).toEqual({
      joins: [
        { survivor: 'a', joined: 'b' },
        { survivor: 'a', joined: 'c' },
      ],
      proposals: [],
    });
  });

  it('are proposed where the rule does not join by itself', () => {
    const carriers = [carrier('b', ['south']), carrier('a', ['north'])];
    const found = judge(carriers, { ...options, mayJoin: false });
    expect(found).toEqual({ joins: [], proposals: [{ survivor: 'a', joined: 'b' }] });
  });

  it('are proposed where one connection has two, and the unambiguous ones are joined', () => {
    const carriers = [
      carrier('a', ['north']),
      carrier('b1', ['south']),
      carrier('b2', ['south']),
      carrier('c', ['west']),
    ];
    expect(judge(carriers, options)).toEqual({
      joins: [{ survivor: 'a', joined: 'c' }],
      proposals: [
        { survivor: 'a', joined: 'b1' },
        { survivor: 'a', joined: 'b2' },
      ],
    });
  });

  it('are not joined by the key of a record that was joined before, nor after a person said no', () => {
    const foreign = [carrier('a', ['north'], false), carrier('b', ['south'])];
    expect(judge(foreign, options).joins).toEqual([]);
    const refused = [carrier('a', ['north']), carrier('b', ['south'])];
    expect(judge(refused, { ...options, wasParted: () => true }).joins).toEqual([]);
  });

  it('are joined only where they agree under a second rule, if one is not enough, and proposed otherwise', () => {
    const needy = { ...options, needsSecond: true };
    const a = { ...carrier('a', ['north']), otherKeys: ['name acme'] };
    const b = { ...carrier('b', ['south']), otherKeys: ['name bolt', 'vat 1'] };
    const c = { ...carrier('c', ['west']), otherKeys: ['name acme', 'vat 1'] };
    expect(judge([a, b], needy)).toEqual({ joins: [], proposals: [{ survivor: 'a', joined: 'b' }] });
    expect(judge([b, c, a], needy)).toEqual({
      joins: [
        { survivor: 'a', joined: 'c' },
        { survivor: 'a', joined: 'b' },
      ],
      proposals: [],
    });
  });

  it('say nothing where very many carry it', () => {
    const many = Array.from({ length: 30 }, (_, index) => carrier(`r${index}`, [order[index % 3]!]));
    expect(judge(many, options)).toEqual({ joins: [], proposals: [] });
  });

  it('come to the same in whatever order they are met, and never join two of one connection', () => {
    const some = fc.uniqueArray(
      fc.record({
        recordId: fc.stringMatching(/^[a-z]{4}$/),
        connections: fc.subarray(order, { minLength: 1 }),
        isOwn: fc.boolean(),
        otherKeys: fc.subarray(['name a', 'vat b', 'domain c']),
      }),
      { selector: ({ recordId }) => recordId, maxLength: 8 },
    );
    const shuffled = some.chain((carriers) =>
      fc.tuple(fc.constant(carriers), fc.shuffledSubarray(carriers, { minLength: carriers.length })),
    );
    fc.assert(
      fc.property(shuffled, ([carriers, other]) => {
        const found = judge(carriers, options);
        expect(judge(other, options)).toEqual(found);
        const held = new Map(carriers.map(({ recordId, connections }) => [recordId, [...connections]]));
        for (const { survivor, joined } of found.joins) {
          const both = [...held.get(survivor)!, ...held.get(joined)!];
          expect(new Set(both).size).toBe(both.length);
          held.set(survivor, both);
        }
      }),
    );
  });
});

describe('joins of several keys in one go', () => {
  const keyed = (key: string, ...pairs: [string, string][]) => ({
    key,
    carriers: [...new Set(pairs.flat())],
    joins: pairs.map(([survivor, joined]) => ({ survivor, joined })),
    proposals: [],
  });

  it('take those that have nothing to do with each other, and leave the others in their order', () => {
    const judged = [
      keyed('1', ['a', 'b']),
      keyed('2', ['b', 'c']),
      keyed('3', ['d', 'e']),
      // Of a record that waits because of key 2.
      keyed('4', ['c', 'f']),
      keyed('5', ['g', 'h'], ['g', 'i']),
    ];
    expect(apart(judged, new Map())).toEqual({
      pairs: [
        { survivor: 'a', joined: 'b', key: '1' },
        { survivor: 'd', joined: 'e', key: '3' },
        { survivor: 'g', joined: 'h', key: '5' },
      ],
      left: ['2', '4', '5'],
    });
  });

  it('wait where a match names records of both, because it goes along with the first', () => {
    const judged = [keyed('1', ['a', 'b']), keyed('2', ['c', 'd'])];
    const beside = new Map([
      ['b', ['d']],
      ['d', ['b']],
    ]);
    expect(apart(judged, beside).left).toEqual(['2']);
    expect(apart(judged, new Map()).left).toEqual([]);
  });
});
