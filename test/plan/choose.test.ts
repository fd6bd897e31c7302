import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { commands } from '../../src/cli/commands/index.ts';
import { parsePlan, planText } from '../../src/plan/file.ts';
import { isDifference, isWrite, type Plan } from '../../src/plan/item.ts';
import { parseCsv } from '../../src/sync/import/csv-read.ts';
import { run } from '../cli/harness.ts';
import { newFolder } from '../cli/world.ts';
import { everything, planOf } from './sample-plan.ts';

/** Choosing in a plan file, which needs neither a store nor a CRM. */
const folder = newFolder();
const file = join(folder, 'changes.plan');
const table = join(folder, 'changes.csv');
const plan = planOf(everything);

beforeEach(() => writeFileSync(file, planText(plan)));

const tierlink = async (...argv: string[]) =>
  await run(argv, { commands, environment: { TIERLINK_PROJECT: folder } });
const choose = async (...argv: string[]) => await tierlink('plan', 'choose', file, ...argv);

/** What is chosen in the file now, as `key field choice`, without what is as it was made. */
function chosen(): string[] {
  const now: Plan = parsePlan(readFileSync(file, 'utf8'), file);
  expect(now.head.id).toBe(plan.head.id);
  return now.items.flatMap((item) => {
    if (isWrite(item))
      return item.changes
        .filter(({ choice }) => choice !== 'ours')
        .map(({ label, choice }) => `${item.key} ${label} ${choice}`);
    if (!isDifference(item) || item.choice === 'skip') return [];
    return [`${item.key} ${item.choice} ${item.override?.reason ?? ''} ${item.override?.until ?? ''}`.trim()];
  });
}

async function refused(argv: readonly string[], why: string): Promise<void> {
  const ran = await choose(...argv);
  expect([ran.exit, ran.out]).toEqual([2, '']);
  expect(ran.err.replaceAll(/\s+/g, ' ')).toContain(why);
  expect(readFileSync(file, 'utf8')).toBe(planText(plan));
}

const override = ['--reason', 'Agreed by phone', '--until', '2027-03-31'];

describe('a choice', () => {
  it.each([
    [['--kind', 'drift', '--ours'], ['d1 ours']],
    [
      ['--kind', 'tier_down', '--skip'],
      ['Partner_Tier__c', 'Tier_Since__c', 'Summary__c'].map((field) => `u1 ${field} skip`),
    ],
    [['--field', 'tiersummary', '--theirs'], ['u1 Summary__c theirs']],
    [['--field', 'Summary__c', '--record', '001Tailspin0001', '--theirs'], ['u1 Summary__c theirs']],
    [
      ['--object', 'partner_decision__c', '--field', 'To__c', '--skip'],
      ['c1 To__c skip', 'c2 To__c skip'],
    ],
    [
      ['--partner', 'fabrikam', '--kind', 'create', '--skip'],
      ['c2 Decided_At__c skip', 'c2 To__c skip'],
    ],
    [['--record', 'fabrikam', '--theirs', ...override], ['d1 theirs Agreed by phone 2027-03-31']],
    [['--connection', 'prod', '--field', 'tier', '--ours'], ['d1 ours']],
  ])('of %j', async (argv, expected) => {
    const ran = await choose(...argv);
    expect(ran).toMatchObject({ exit: 0 });
    expect(chosen()).toEqual(expected);
  });

  it('says how many were changed, and what is chosen now', async () => {
    const ran = await choose('--all', '--skip');
    expect(ran.out).toContain('Chose anew 7 of 8 fields');
    expect(ran.out).toContain('Chosen now: 0 ours, 0 theirs, 8 skip.');
    expect((await choose('--all', '--skip')).out).toContain('Chose anew 0 of 8 fields');
  });

  it('of a tier takes its override away again', async () => {
    await choose('--record', 'Fabrikam', '--theirs', ...override);
    await choose('--record', 'Fabrikam', '--skip');
    expect(parsePlan(readFileSync(file, 'utf8'), file)).toEqual(plan);
  });

  it.each([
    [['--all'], 'Give one of --ours, --theirs and --skip'],
    [['--all', '--ours', '--skip'], 'Give one of --ours, --theirs and --skip'],
    [['--ours'], 'Say which fields are meant'],
    [['--all', '--object', 'Account', '--ours'], 'Give --all without'],
    [['--kind', 'conflict', '--ours'], 'no field of that kind'],
    [['--partner', 'Nobody', '--ours'], 'nothing about a partner "Nobody"'],
    [['--kind', 'create', '--theirs'], 'is not in the CRM yet'],
    [['--record', 'Fabrikam', '--theirs'], 'needs a reason and the last day'],
    [['--field', 'tier', '--theirs', '--reason', 'Agreed'], 'Give --reason and --until together'],
    [['--field', 'tierSummary', '--theirs', ...override], 'none is among the fields'],
    [['--all', '--theirs', ...override], 'is not in the CRM yet'],
    [['--csv', 'x.csv', '--all', '--ours'], 'The table says what is chosen'],
  ])('%j is refused, and nothing is changed', refused);

  it('of theirs is refused in a plan of an undo', async () => {
    const undo = planOf(everything, { kind: 'undo', undoes: 'r-000001' });
    writeFileSync(file, planText(undo));
    const ran = await choose('--field', 'tierSummary', '--theirs');
    expect(ran.err).toContain('stays as the CRM has it by skip');
    expect(readFileSync(file, 'utf8')).toBe(planText(undo));
  });

  it('names partners of one name by id', async () => {
    writeFileSync(
      file,
      planText(
        planOf(everything, {
          partners: [
            { id: 'ptr_f', name: 'One' },
            { id: 'ptr_t', name: 'one' },
          ],
        }),
      ),
    );
    expect((await choose('--partner', 'one', '--skip')).err).toContain('ptr_f, ptr_t');
  });
});

describe('a table', () => {
  /** The table as a spreadsheet saves it. */
  async function edited(edit: (text: string) => string): Promise<string> {
    await tierlink('plan', 'show', file, '--csv', table);
    const text = edit(readFileSync(table, 'utf8'));
    writeFileSync(table, text);
    return text;
  }

  it('has a row for each field, and no formulas', async () => {
    const text = await edited((each) => each);
    const rows = text.trim().split('\r\n');
    expect(rows).toHaveLength(1 + 1 + 1 + 3 + 2 * 2 + 1);
    expect(rows[0]).toBe(
      'connection,kind,object,record,CRM id,name,partner,field,before,after,who changed it,when,tier movement,why,CHOICE,key',
    );
    expect(rows[1]).toBe(
      'prod,drift,Account,ptr_f,001Fabrikam0001AAA,Fabrikam,Fabrikam,Partner_Tier__c,Gold,Silver,Kim Lee,2026-09-28T10:15:00.000Z,,,skip,d1.tier',
    );
    expect(text).toContain(`,'=1+1,`);
    expect(text).toContain('Gold -> Silver (down),"Bookings 410,000 of 500,000.",ours,u1.tier');
  });

  it('that nobody edited changes nothing', async () => {
    await edited((text) => text);
    expect((await choose('--csv', table)).out).toContain('Chose anew 0 of 8 fields');
  });

  it('brings its choices back, also as another spreadsheet writes it', async () => {
    const semicolons = (text: string) => {
      const ours = text
        .replace('skip,d1.tier', 'Ours,d1.tier')
        .replace('ours,u1.tierSummary', 'theirs,u1.tierSummary')
        .replace('2025-03-01,2026-10-01', '01.03.2025,10/1/26');
      const quoted = (cell: string) => (/[;"]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
      const rows = parseCsv(table, ours).map(({ cells }) => cells.map(quoted).join(';'));
      return `\ufeff${rows.join('\r\n')}\r\n`;
    };
    await edited(semicolons);
    const ran = await choose('--csv', table);
    expect(ran.out).toContain('Chose anew 2 of 8 fields');
    expect(chosen()).toEqual(['d1 ours', 'u1 Summary__c theirs']);
  });

  it('without some rows leaves those fields as they are', async () => {
    await edited((text) => {
      const rows = text.split('\r\n');
      return [rows[0], rows[1]!.replace('skip,d1', 'ours,d1')].join('\r\n');
    });
    await choose('--csv', table);
    expect(chosen()).toEqual(['d1 ours']);
  });

  it('keeps a tier with the reason and the day that are given', async () => {
    await edited((text) => text.replace('skip,d1.tier', 'theirs,d1.tier'));
    await refused(
      ['--csv', table],
      'line 2, CHOICE: the tier (Partner_Tier__c) of Account Fabrikam is theirs',
    );
    await choose('--csv', table, ...override);
    expect(chosen()).toEqual(['d1 theirs Agreed by phone 2027-03-31']);
  });

  it.each([
    [
      'another cell',
      (t: string) => t.replace('Gold,Silver,Kim', 'Gold,Bronze,Kim'),
      'line 2, after: only CHOICE can be edited; the plan says "Silver"',
    ],
    [
      'another day',
      (t: string) => t.replace('2025-03-01,2026-10-01', '2025-03-01,2026-10-02'),
      'line 5, after: only CHOICE can be edited; the plan says "2026-10-01"',
    ],
    [
      'a bad word',
      (t: string) => t.replace('skip,d1.tier', 'mine,d1.tier'),
      'line 2, CHOICE: "mine" is no choice',
    ],
    [
      'no word',
      (t: string) => t.replace('skip,d1.tier', ',d1.tier'),
      'line 2, CHOICE: it is blank; write ours',
    ],
    [
      'an unknown key',
      (t: string) => t.replace('d1.tier', 'd9.tier'),
      'line 2, key: the plan has no "d9.tier"',
    ],
    ['a row twice', (t: string) => t + t.split('\r\n')[1]!, 'key: "d1.tier" is there twice'],
    [
      'a choice of what has none',
      (t: string) => t.replace(/,m1\r/, 'ours,m1\r'),
      'CHOICE: there is nothing to choose',
    ],
    [
      'theirs of a create',
      (t: string) => t.replace('ours,c1.toTier', 'theirs,c1.toTier'),
      'CHOICE: Partner_Decision__c',
    ],
    [
      'another column',
      (t: string) => t.replace(',why,', ',because,'),
      'line 1: there is no column "because"',
    ],
    ['no keys', (t: string) => t.replace(/,key\r/, '\r'), 'line 1: the column key is missing'],
    [
      'a row too short',
      (t: string) => t.replace(',skip,d1.tier', ',d1.tier'),
      'line 2: the row has 15 cells, the header 16',
    ],
  ])('with %s is refused as a whole', async (_what, edit, why) => {
    await edited(edit);
    await refused(['--csv', table], why);
  });
});
