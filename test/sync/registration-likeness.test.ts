import { describe, expect, it } from '@jest/globals';
import { blockingKeys, likenessOf } from '../../src/model/likeness.ts';
import { judgeCandidates, type Registrable } from '../../src/sync/records/registration-likeness.ts';

/** What speaks for two records being the same, and against it. */
const deal = (
  recordId: string,
  values: Registrable['values'],
  more: Partial<Registrable> = {},
): Registrable => ({
  recordId,
  values: {
    name: 'Northwind rollout',
    customer: 'cus_1',
    amount: { amount: '5000', currency: 'EUR' },
    closeOn: '2026-06-30',
    ...values,
  },
  customer: { name: 'Northwind AB' },
  partners: ['ptr_1'],
  isTaken: false,
  ...more,
});

const judged = (...candidates: Registrable[]) =>
  judgeCandidates('deal', deal('mine', {}), candidates).map(
    ({ recordId, verdict }) => `${recordId} ${verdict}`,
  );

describe('a registration and what is open in the CRM', () => {
  it('are the same where customer and name agree and nothing speaks against it', () => {
    expect(judged(deal('a', {}))).toEqual(['a same']);
    expect(judged(deal('a', { customer: 'cus_2' }, { customer: { name: 'NORTHWIND' } }))).toEqual(['a same']);
  });

  it('is doubtful where something speaks against it, or two come near', () => {
    expect(judged(deal('a', {}, { partners: ['ptr_2'] }))).toEqual(['a doubtful']);
    expect(judged(deal('a', {}, { isTaken: true }))).toEqual(['a doubtful']);
    expect(judged(deal('a', { name: 'Support' }))).toEqual(['a doubtful']);
    expect(judged(deal('a', {}), deal('b', {}))).toEqual(['a doubtful', 'b doubtful']);
    expect(judged(deal('b', { name: 'Support', amount: null, closeOn: null }), deal('a', {}))).toEqual([
      'a same',
      'b doubtful',
    ]);
  });

  it('are others where little agrees', () => {
    expect(judged(deal('a', { customer: 'cus_2', name: 'Else' }, { customer: { name: 'Other' } }))).toEqual(
      [],
    );
  });
});

describe('two records', () => {
  it('are as alike one way round as the other, and say what speaks against it', () => {
    const one = { name: 'Acme GmbH', vat: 'DE1', country: 'Germany' };
    const other = { name: 'ACME', vat: 'DE1', country: 'Austria' };
    const [there, back] = [likenessOf('partner', one, other), likenessOf('partner', other, one)];
    expect([there.score, back.score]).toEqual([85, 85]);
    expect(there.against).toEqual(['other countries: Austria and Germany']);
  });

  it('of people are compared by address, or name and partner', () => {
    const ann = { name: 'Ann', email: ' Ann@acme.example', partner: 'ptr_1' };
    expect(blockingKeys('person', ann)).toEqual(['email ann@acme.example', 'name ann ptr_1']);
    expect(blockingKeys('person', { name: 'Ann' })).toEqual([]);
    expect(likenessOf('person', ann, { ...ann, email: 'ann@acme.example' }).score).toBe(100);
  });
});
