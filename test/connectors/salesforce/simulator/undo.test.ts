import { describe, expect, it } from '@jest/globals';
import type { Org } from '../../../../connectors/salesforce/simulator/org.ts';
import { fc } from '../../../services/fast-check.ts';
import { freshOrg } from './fresh-org.ts';

const OBJECTS = ['Account', 'Contact', 'Opportunity', 'Partner_Certification__c'];
const deal = { Name: 'D', StageName: 'Prospecting', CloseDate: '2026-12-01' };

interface Step {
  verb: 'account' | 'contact' | 'deal' | 'certificate' | 'move' | 'delete' | 'undelete' | 'merge';
  pick: number;
  other: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  verb: fc.constantFrom<Step['verb']>(
    'account',
    'contact',
    'deal',
    'certificate',
    'move',
    'delete',
    'undelete',
    'merge',
  ),
  pick: fc.nat(30),
  other: fc.nat(30),
});

/** Every row, those in the bin included. */
function everything(org: Org) {
  return OBJECTS.map((name) =>
    [...org.rows(name)].map((row) => ({ ...row })).sort((a, b) => (String(a.Id) < String(b.Id) ? -1 : 1)),
  );
}

function act(org: Org, { verb, pick, other }: Step): void {
  const at = (name: string, index: number) => {
    const rows = [...org.rows(name)];
    return rows.length === 0 ? null : String(rows[index % rows.length]?.Id);
  };
  const AccountId = at('Account', pick);
  const anyId = at(OBJECTS[other % OBJECTS.length] ?? 'Account', pick);
  const moves: Record<Step['verb'], () => unknown> = {
    account: () => org.insert('Account', [{ Name: `A${pick}`, ParentId: at('Account', other) }]),
    contact: () => org.insert('Contact', [{ LastName: 'C', AccountId }]),
    deal: () => org.insert('Opportunity', [{ ...deal, AccountId, Partner__c: at('Account', other) }]),
    certificate: () =>
      org.upsert('Partner_Certification__c', 'External_Id__c', [
        { External_Id__c: `k${other % 5}`, Account__c: AccountId },
      ]),
    move: () => org.update('Contact', [{ Id: at('Contact', other), AccountId }]),
    delete: () => org.delete([anyId ?? '']),
    undelete: () => org.undelete([anyId ?? '']),
    merge: () => org.merge('Account', { masterId: AccountId ?? '', loserIds: [at('Account', other) ?? ''] }),
  };
  org.clock.advance(1000);
  moves[verb]();
}

describe('an org under random work', () => {
  it('is after an undone transaction exactly what it was before', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 15 }),
        fc.array(step, { maxLength: 15 }),
        async (before, undone) => {
          const { org } = freshOrg();
          for (const each of before) act(org, each);
          const expected = everything(org);
          const failure = org.transaction(() => {
            for (const each of undone) act(org, each);
            throw new Error('undo');
          });
          await expect(failure).rejects.toThrow('undo');
          expect(everything(org)).toEqual(expected);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('finds by index what a scan finds, and never a live row under a deleted parent', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const { org } = freshOrg();
        for (const each of steps) act(org, each);
        for (const account of org.rows('Account')) {
          for (const [object, field] of [
            ['Contact', 'AccountId'],
            ['Opportunity', 'Partner__c'],
            ['Account', 'ParentId'],
          ] as const) {
            const ids = (rows: Iterable<{ Id?: unknown }>) => [...rows].map((row) => String(row.Id)).sort();
            const scanned = [...org.rows(object)].filter((row) => row[field] === account.Id);
            expect(ids(org.rowsWhere(object, field, [account.Id ?? null]))).toEqual(ids(scanned));
            if (account.IsDeleted === true)
              expect(scanned.filter((row) => row.IsDeleted !== true)).toEqual([]);
          }
        }
        const live = org.dump('Partner_Certification__c').map((row) => row.External_Id__c);
        expect(new Set(live).size).toBe(live.length);
      }),
      { numRuns: 30 },
    );
  });
});
