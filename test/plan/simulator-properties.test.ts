import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  type ChoiceField,
  choiceFields,
  keepsTier,
  whyNotChosen,
  withChoices,
} from '../../src/plan/choices.ts';
import { chosenOf } from '../../src/plan/chosen.ts';
import { type Choice, choices, type Plan } from '../../src/plan/item.ts';
import type { Refused } from '../../src/plan/outcome.ts';
import type { Store } from '../../src/store/store.ts';
import { crms } from '../services/channel/start.ts';
import { fc } from '../services/fast-check.ts';
import { openTestStore } from '../services/test-store.ts';
import { attributesSent, expectClassifiedAlike } from './classified.ts';
import { type Drift, drifts, edits, happen } from './simulator-drifts.ts';
import { type Contents, openDrifting, type SimulatorHouse } from './simulator-house.ts';

/** Whatever has drifted apart in the simulated CRMs: a plan says what is written there, and nothing else is. */
const numRuns = Number(process.env.TIERLINK_PLANS ?? 3);

jest.setTimeout(Math.max(240_000, numRuns * 20_000));

/** What has left a ladder did so at another moment each time that it is compared. */
const leaves: Drift[] = [{ kind: 'leave', which: 1 }];

/** What is decided: of a whole plan, of one object, of one field or of one record. */
const decisions = fc.array(
  fc.record({
    of: fc.constantFrom('plan' as const, 'object' as const, 'field' as const, 'record' as const),
    which: fc.nat({ max: 40 }),
    choice: fc.constantFrom(...choices),
  }),
  { maxLength: 5 },
);
type Decision = typeof decisions extends fc.Arbitrary<(infer T)[]> ? T : never;

/** What the program has made for a partner that is merged and then gone: its records point to nobody. */
const orphans: Drift[] = [
  { kind: 'merge', which: 9, other: 7 },
  { kind: 'remove', which: 7 },
];

/** What the program makes is left to the CRM as well as what it shares. */
const allTheirs: Decision[] = [{ of: 'plan', which: 0, choice: 'theirs' }];

/** Stories in which something went wrong once. */
const examples: [Drift[], Decision[]][] = [
  [leaves, []],
  [leaves, allTheirs],
  [orphans, allTheirs],
];

const groupOf = { plan: () => '', object: ofObject, field: ofField, record: ofRecord };

function ofObject({ item }: ChoiceField): string {
  return item.object;
}

function ofField({ item, field }: ChoiceField): string {
  return `${item.object} ${field.label}`;
}

function ofRecord({ item }: ChoiceField): string {
  return `${item.object} ${item.crmId ?? item.recordId}`;
}

/** A value of ours that the CRM's field is too short for is not sent, and told, whatever is chosen. */
function isSendable({ field }: ChoiceField): boolean {
  return !('ours' in field) || String(field.ours).length < 256;
}

/** The plan as somebody decided it, where that can be chosen. A tier that stays is an override, which is another story. */
function decided(plan: Plan, made: readonly Decision[]): Plan {
  return made.reduce((chosen, { of, which, choice }) => {
    const fields = choiceFields(chosen);
    if (fields.length === 0) return chosen;
    const group = groupOf[of](fields[which % fields.length]!);
    return withChoices(chosen, 'it.plan', (each) => {
      const isMeant = groupOf[of](each) === group && !keepsTier(each, choice);
      return isMeant && whyNotChosen(chosen, each, { choice }) === null ? { choice } : null;
    }).plan;
  }, plan);
}

/** Names a field of a record, as it is sent. */
const placeOf = (of: ChoiceField) => `${ofRecord(of)} ${of.field.attribute}`;

/** Names a field of a record by our id, which it has before it is created there. */
const oursOf = ({ item, field }: ChoiceField) => `${item.object} ${item.recordId} ${field.attribute}`;

function chosenFields(plan: Plan, choice: Choice): ChoiceField[] {
  return choiceFields(plan).filter(({ field }) => field.choice === choice);
}

describe.each(crms)('in %s', (crm) => {
  let store: Store;
  let house: SimulatorHouse;
  beforeAll(async () => {
    store = await openTestStore();
    house = await openDrifting(store, crm);
  });
  afterAll(async () => {
    await house.close();
    await store.close();
  });

  /** Lets it all happen from the beginning, and says what did where something is wrong afterwards. */
  async function given(events: readonly Drift[], check: () => Promise<void>): Promise<void> {
    await house.begin();
    const story: string[] = [];
    try {
      for (const event of events) story.push(`${JSON.stringify(event)}: ${await happen(house, event)}`);
      await check();
    } catch (error) {
      (error as Error).message += `\n\n${story.join('\n')}`;
      throw error;
    }
  }

  it('apply writes what the plan says, and the next plan asks for nothing but what was skipped', async () => {
    await fc.assert(
      fc.asyncProperty(drifts, decisions, async (events, made) => {
        await given(events, async () => {
          const plan = decided(await house.plan(), made);
          const before = house.contents();
          const { value, id } = await house.apply(plan);
          const unwritten = [...value!.unwritten.values()];
          expect(unwritten.map(({ left, waiting }) => left + waiting)).toEqual(unwritten.map(() => 0));
          const [ours, refused] = [chosenFields(plan, 'ours'), unwritten.flatMap((each) => each.refused)];
          expect(refused.map(({ crmId, code }) => `${crmId} ${code}`).sort()).toEqual(
            ours.flatMap((of) => (isSendable(of) ? [] : [`${of.item.crmId} CRM_TOO_LONG`])).sort(),
          );
          expectTold(plan, refused);
          expect(placesSent()).toEqual(ours.filter(isSendable).map(placeOf).sort());
          expectOnlyPlanned(plan, before);
          await expectAudited(plan, id);
          const skipped = new Set(chosenFields(plan, 'skip').map(oursOf));
          const again = choiceFields(await house.plan());
          expect(again.filter((of) => !skipped.has(oursOf(of)))).toEqual([]);
        });
      }),
      { numRuns, endOnFailure: true, examples },
    );
  });

  it('undo puts back each field that nobody touched since, and leaves the others', async () => {
    await fc.assert(
      fc.asyncProperty(drifts, edits, async (events, since) => {
        await given(events, async () => {
          const before = house.contents();
          const run = await house.apply(await house.plan());
          if (placesSent().length === 0) return;
          const written = house.contents();
          for (const edit of since) await happen(house, edit);
          const edited = house.contents();
          await house.apply(await house.undo(run.id));
          for (const [record, fields] of house.contents())
            for (const [field, value] of fields) {
              if (house.isOwn(record.split(' ')[0]!, field) || !before.has(record)) continue;
              const [was, wrote, found] = [before, written, edited].map(
                (of) => of.get(record)?.get(field) ?? null,
              );
              const wanted = wrote !== was && found === wrote ? was : found;
              expect([record, field, value]).toEqual([record, field, wanted]);
            }
        });
      }),
      { numRuns, endOnFailure: true },
    );
  });

  it('a dry run takes each record for what the run takes it for', async () => {
    await fc.assert(
      fc.asyncProperty(drifts, async (events) => {
        await given(events, () => expectClassifiedAlike(house));
      }),
      { numRuns, endOnFailure: true },
    );
  });

  /** What is refused stands in the plan itself, word for word. */
  function expectTold({ items }: Plan, refused: readonly Refused[]): void {
    const told = items.flatMap((item) => (item.kind === 'invalid' ? [`${item.crmId} ${item.message}`] : []));
    for (const { crmId, message } of refused) expect(told).toContain(`${crmId} ${message}`);
  }

  function placesSent(): string[] {
    return house.sent
      .flatMap((row) =>
        attributesSent(house.connection, row).map((each) => `${row.object} ${row.id ?? row.key} ${each}`),
      )
      .sort();
  }

  /** The CRM is what it was, but for the fields of the plan and for as many new records as it says. */
  function expectOnlyPlanned(plan: Plan, before: Contents): void {
    const planned = new Map(
      chosenFields(plan, 'ours').map((of) => [`${of.item.object} ${of.item.crmId} ${of.field.label}`, of]),
    );
    const created = new Map<string, number>();
    for (const [record, fields] of house.contents()) {
      const [object] = record.split(' ') as [string];
      const known = before.get(record);
      if (known === undefined) created.set(object, (created.get(object) ?? 0) + 1);
      else
        for (const [field, value] of fields)
          if (value !== known.get(field) && !house.isOwn(object, field))
            expect([...planned.keys()]).toContain(`${record} ${field}`);
    }
    for (const record of before.keys()) expect([...house.contents().keys()]).toContain(record);
    const creates = chosenOf(plan).writes.filter(({ kind }) => kind === 'create');
    const wanted = new Map<string, number>();
    for (const { object } of creates) wanted.set(object, (wanted.get(object) ?? 0) + 1);
    expect(created).toEqual(wanted);
  }

  /** The audit of the run has each write of the plan once, with the values that were reviewed. */
  async function expectAudited(plan: Plan, run: string): Promise<void> {
    const rows = await store.query<AuditRow & Record<string, unknown>>(
      `select object, coalesce(record_id, '') as "recordId", before, after from tierlink.audit
       where run_id = $1 and action in ('create', 'update') and entity <> 'connectionStatus'`,
      [run],
    );
    const audited = rows.flatMap(({ object, recordId, before, after }) =>
      Object.entries(after).map(([attribute, value]) =>
        JSON.stringify([object, recordId, attribute, before?.[attribute] ?? null, value]),
      ),
    );
    const sent = chosenFields(plan, 'ours').filter(isSendable);
    const planned = sent.map(({ item, field }) => {
      const [before, after] = 'theirs' in field ? [field.theirs, field.ours] : [field.before, field.after];
      return JSON.stringify([item.object, item.recordId, field.attribute, before, after]);
    });
    const isMoment = (text: string) => /"(decidedAt|endedAt)"/.test(text);
    expect(audited.filter((text) => !isMoment(text)).sort()).toEqual(
      planned.filter((text) => !isMoment(text)).sort(),
    );
  }
});

interface AuditRow {
  object: string;
  recordId: string;
  before: Record<string, unknown> | null;
  after: Record<string, unknown>;
}
