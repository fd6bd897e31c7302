import { describe, expect, it } from '@jest/globals';
import { installSteps } from '../../src/install/steps.ts';
import type { FoundShape, InstallPart } from '../../src/sync/installer.ts';
import { found, part } from './fake-installer.ts';

const want = (more: Partial<InstallPart['want']>) => ({
  types: ['Text'],
  exactly: {},
  atLeast: {},
  includes: {},
  ...more,
});
const stepOf = (one: InstallPart, there: FoundShape | null) => installSteps([one], [there])[0]!;
const values = want({ types: ['Choice'], includes: { '1': 'Gold', '2': 'Silver' } });

describe('what is to be done about a part', () => {
  it('that is not there depends on who may make it', () => {
    const actionFor = (may: InstallPart['may']) =>
      stepOf(part('field', 'account.tier', { may }), null).action;
    expect(actionFor('create')).toBe('create');
    expect(actionFor('extend')).toBe('missing');
    expect(actionFor('never')).toBe('missing');
    expect(actionFor('byHand')).toBe('byHand');
  });

  it('that is there as it should be is nothing, whoever made it', () => {
    expect(stepOf(part('field', 'account.tier'), found('Text'))).toMatchObject({
      action: 'exists',
      adds: [],
    });
    const theirs = part('field', 'account.tier', { may: 'extend' });
    expect(stepOf(theirs, found('Text')).action).toBe('reuse');
    const any = part('field', 'account.tier', { may: 'never', want: want({ types: [] }) });
    expect(stepOf(any, found('Whatever')).action).toBe('reuse');
  });

  it('that is something else is a conflict', () => {
    const step = stepOf(part('field', 'account.tier'), found('Number'));
    expect(step).toMatchObject({ action: 'conflict', note: 'it is Number, and the mappings need Text' });
    const unique = part('field', 'account.id', { want: want({ exactly: { unique: true } }) });
    expect(stepOf(unique, found('Text', { traits: { unique: false } }))).toMatchObject({
      action: 'conflict',
      note: 'its unique is false, and the mappings need true',
    });
  });

  it('that lacks values gets those, and keeps the others', () => {
    const there = found('Choice', { values: ['1', '9'] });
    expect(stepOf(part('field', 'account.tier', { want: values }), there)).toMatchObject({
      action: 'extend',
      adds: ['2'],
    });
    expect(stepOf(part('field', 'account.tier', { want: values, may: 'extend' }), there).adds).toEqual(['2']);
    expect(stepOf(part('field', 'account.tier', { want: values, may: 'never' }), there)).toMatchObject({
      action: 'byHand',
      note: 'it lacks Silver',
    });
  });

  it('that a person makes says what it is to have, and of many values the first', () => {
    const form = part('layout', 'account form', { may: 'byHand', want: values });
    expect(stepOf(form, null)).toMatchObject({ action: 'byHand', note: 'it lacks Gold, Silver' });
    const many = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`v${index}`, `V${index}`]));
    const long = part('permission', 'Rights', { may: 'byHand', want: want({ types: [], includes: many }) });
    expect(stepOf(long, null).note).toBe('it lacks V0, V1, V2, V3, V4, V5, V6, V7 and 3 more');
  });

  it('that is too short is left to a person, and one that is longer serves', () => {
    const long = part('field', 'account.tier', { want: want({ atLeast: { length: 40 } }) });
    expect(stepOf(long, found('Text', { traits: { length: 20 } }))).toMatchObject({ action: 'byHand' });
    expect(stepOf(long, found('Text', { traits: { length: 255 } })).action).toBe('exists');
  });

  it('that is there and not ready yet is completed', () => {
    const there = found('Text', { unfinished: 'its index is being built' });
    expect(stepOf(part('key', 'account.id'), there)).toMatchObject({
      action: 'extend',
      note: 'its index is being built',
    });
  });

  it('that may come with something that is made is completed then, and only then', () => {
    const object = part('object', 'review');
    const layout = part('layout', 'review-Main', {
      ...{ may: 'extend', comesWith: 'object review', needs: ['object review'] },
      want: values,
    });
    const layoutOf = (there: FoundShape | null) => installSteps([object, layout], [there, null])[1]!;
    expect(layoutOf(null)).toMatchObject({
      ...{ action: 'extend', adds: ['1', '2'], found: null },
      note: 'it is completed if it comes with the object review',
    });
    expect(layoutOf(found('Text')).action).toBe('missing');
    const others = { ...object, may: 'never' as const };
    expect(installSteps([others, layout], [null, null])[1]!.action).toBe('missing');
  });

  it('is nothing while what it builds on is missing', () => {
    const parts = [
      part('object', 'review', { may: 'never' }),
      part('field', 'review.score', { needs: ['object review'] }),
    ];
    const [, field] = installSteps(parts, [null, null]);
    expect(field).toMatchObject({
      action: 'missing',
      note: 'it needs the object review, which is not there',
    });
  });
});
