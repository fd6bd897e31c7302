import { z } from 'zod';
import { TierlinkError } from '../../../errors.ts';
import {
  type ChoiceField,
  choiceFields,
  chosenCounts,
  type Decision,
  keepsTier,
  type TierOverride,
  withChoices,
} from '../../../plan/choices.ts';
import { type Choice, choices, type Plan } from '../../../plan/item.ts';
import { choosableKinds, selectFields } from '../../../plan/select.ts';
import { readText } from '../../../sync/import/csv-read.ts';
import { type CommandCall, defineCommand } from '../../command.ts';
import { choiceFlag, dayFlag, switchFlag, textFlag } from '../../flags.ts';
import { formatCount, formatMany } from '../../format.ts';
import { choicesFrom } from '../../plan-csv.ts';
import { nextOf, readBytes, readPlan, writePlan } from '../../plan-files.ts';
import { text } from './plan.messages.ts';

const args = { file: { help: text.show.file, required: true } } as const;
const flags = {
  ours: switchFlag(text.choose.ours),
  theirs: switchFlag(text.choose.theirs),
  skip: switchFlag(text.choose.skip),
  kind: choiceFlag('KIND', text.choose.kind, choosableKinds),
  object: textFlag('OBJECT', text.choose.object),
  field: textFlag('FIELD', text.choose.field),
  record: textFlag('RECORD', text.choose.record),
  partner: textFlag('PARTNER', text.choose.partner),
  all: switchFlag(text.choose.all),
  csv: textFlag('FILE', text.choose.csv),
  reason: textFlag('TEXT', text.choose.reason),
  until: dayFlag(text.choose.until),
};
type Call = CommandCall<typeof flags, typeof args>;
type Decide = (of: ChoiceField) => Decision | null;

export const planChoose = defineCommand({
  name: 'plan choose',
  summary: text.choose.summary,
  description: text.choose.description,
  args,
  flags,
  examples: [
    'tierlink plan choose changes.plan --kind conflict --ours',
    'tierlink plan choose changes.plan --field Partner_Tier__c --partner "Fabrikam Systems" --theirs --reason "Agreed by phone" --until 2027-03-31',
    'tierlink plan choose changes.plan --csv edited.csv',
  ],
  result: z.strictObject({
    file: z.string(),
    plan: z.string().describe('Id of the plan.'),
    meant: z.int().describe('Fields that the choice was about.'),
    changed: z.int().describe('Of those, how many were chosen otherwise before.'),
    chosen: z
      .strictObject({
        ours: z.int().describe('Fields of which our value is written.'),
        theirs: z.int().describe("Fields of which the CRM's value stays."),
        skip: z.int().describe('Fields that are left as they are on both sides.'),
      })
      .describe('How many fields of the plan are chosen how now.'),
  }),
  run: async (call) => {
    const { file } = call.args;
    const plan = readPlan(file);
    const { meant, decide } = await meantBy(call, plan);
    const { plan: chosen, changed } = withChoices(plan, file, decide);
    if (changed > 0) await writePlan(file, chosen);
    return {
      result: { file, plan: plan.head.id, meant, changed, chosen: chosenCounts(chosen) },
      next: nextOf(chosen, file),
    };
  },
  show: ({ file, meant, changed, chosen: { ours, theirs, skip } }, screen) => {
    screen.line(text.choose.done(formatCount(changed), formatMany(meant, 'field'), file));
    screen.line(text.choose.now(formatCount(ours), formatCount(theirs), formatCount(skip)));
  },
});

/** What is chosen of which fields, by flags or by a table. */
async function meantBy(call: Call, plan: Plan): Promise<{ meant: number; decide: Decide }> {
  const { flags: given, args: named } = call;
  const sides = choices.filter((each) => given[each]);
  const override = overrideOf(call);
  if (given.csv !== undefined) {
    if (sides.length > 0 || hasSelection(call)) throw usage(text.choose.csvAlone);
    const table = readText(given.csv, readBytes(given.csv));
    const found = choicesFrom(plan, { text: table, file: given.csv, planFile: named.file, override });
    return { meant: found.size, decide: ({ field }) => found.get(field) ?? null };
  }
  const [choice] = sides;
  if (choice === undefined || sides.length > 1) throw usage(text.choose.oneOf);
  if (given.all === hasSelection(call)) throw usage(given.all ? text.choose.allAlone : text.choose.which);
  const { kind, object, field, record, partner } = given;
  const connection = call.global.connection;
  const meant = selectFields(plan, { connection, kind, object, field, record, partner }, named.file);
  const decide: Decide = (of) => (meant.has(of.field) ? { choice, override } : null);
  if (override !== undefined) requireTier(plan, { meant, choice });
  return { meant: meant.size, decide };
}

function hasSelection({ flags: { kind, object, field, record, partner }, global }: Call): boolean {
  return [kind, object, field, record, partner, global.connection].some((each) => each !== undefined);
}

function overrideOf({ flags: { reason, until } }: Call): TierOverride | undefined {
  if (reason === undefined && until === undefined) return undefined;
  if (reason === undefined || reason.trim() === '' || until === undefined) throw usage(text.choose.both);
  return { reason: reason.trim(), until };
}

/** A reason that nothing would keep was meant for something else. */
function requireTier(plan: Plan, of: { meant: ReadonlySet<ChoiceField['field']>; choice: Choice }): void {
  const isKept = (each: ChoiceField) => of.meant.has(each.field) && keepsTier(each, of.choice);
  if (!choiceFields(plan).some(isKept)) throw usage(text.choose.noTier);
}

function usage(reason: string): TierlinkError {
  return new TierlinkError('USAGE', { reason, command: 'plan choose' });
}
