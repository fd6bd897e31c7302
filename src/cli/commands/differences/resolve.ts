import { z } from 'zod';
import { isSameDifference, listWithDecisions, unfitValues } from '../../../app/open-differences.ts';
import { findPartner } from '../../../app/partners.ts';
import type { App } from '../../../app.ts';
import { TierlinkError } from '../../../errors.ts';
import { hasCrmId } from '../../../store/crm-rows.ts';
import {
  type AsOverride,
  type DifferenceFilter,
  type OfferedOverride,
  resolveDifferences,
} from '../../../sync/push/differences.ts';
import { keepOverride } from '../../../tier/overrides.ts';
import { type CommandCall, defineCommand } from '../../command.ts';
import { choiceFlag, dayFlag, switchFlag, textFlag } from '../../flags.ts';
import { formatMany } from '../../format.ts';
import { refuseUnknownPlace } from '../../known-words.ts';
import { currentActor } from '../../who.ts';
import { text } from './differences.messages.ts';

const args = { record: { help: text.resolve.record, required: false } } as const;
const flags = {
  take: choiceFlag('SIDE', text.resolve.take, ['ours', 'theirs']),
  attribute: textFlag('FIELD', text.resolve.attribute),
  object: textFlag('OBJECT', text.list.object),
  kind: choiceFlag('KIND', text.resolve.kind, ['conflict', 'drift']),
  all: switchFlag(text.resolve.all),
  reason: textFlag('TEXT', text.resolve.reason),
  until: dayFlag(text.resolve.until),
};
type Call = CommandCall<typeof flags, typeof args>;

export const differencesResolve = defineCommand({
  name: 'differences resolve',
  summary: text.resolve.summary,
  description: text.resolve.description,
  args,
  flags,
  examples: [
    'tierlink differences resolve "Acme Partners" --take ours',
    'tierlink differences resolve "Acme Partners" --take theirs --reason "Agreed by phone" --until 2027-03-31',
  ],
  /** decidedBefore: left as they are, because an override has settled them already. */
  result: z.strictObject({
    resolved: z.int(),
    decidedBefore: z.int(),
    unfit: z
      .array(
        z.strictObject({
          connection: z.string(),
          object: z.string(),
          crmId: z.string(),
          name: z.string().nullable().describe('What people call the record; null where nothing names it.'),
          attribute: z.string(),
          code: z.string(),
          message: z.string(),
        }),
      )
      .describe(
        'Values of ours that stay and that the CRM would refuse: they are not written before they are other ones.',
      ),
  }),
  run: async (call) => {
    const app = await call.app();
    const filter = await filterOf(call, app);
    const listed = await listWithDecisions(app, filter);
    const before = listed.filter(({ decided }) => decided !== null);
    const take = call.flags.take ?? (await askSide(call));
    const open = listed.filter(({ decided }) => decided === null);
    const unfit = take === 'ours' ? await unfitValues(app, open) : [];
    const resolved = await resolveDifferences({
      store: app.store,
      clock: app.clock,
      actor: currentActor(),
      filter,
      take,
      leave: (each) => before.some((one) => isSameDifference(one, each)),
      override: (offered) => keepAsOverride(call, app, offered),
    });
    const result = {
      resolved,
      decidedBefore: before.length,
      unfit: unfit.map(({ difference: { connection, object, crm_id: crmId, attribute }, ...why }) => ({
        ...{ connection, object, crmId, attribute },
        ...why,
      })),
    };
    return { result, next: [text.resolve.next, ...(unfit.length > 0 ? [text.resolve.nextUnfit] : [])] };
  },
  show: ({ resolved, decidedBefore, unfit }, screen) => {
    screen.line(text.resolve.done(formatMany(resolved, 'difference')));
    if (unfit.length > 0) screen.line(text.resolve.unfit(unfit.length));
    for (const { name, object, crmId, code, message } of unfit)
      screen.line(`  ${text.resolve.unfitOne(name ?? `${object} ${crmId}`, code, message)}`, 4);
    if (decidedBefore > 0) screen.line(text.resolve.before(formatMany(decidedBefore, 'was', 'were')));
  },
});

async function filterOf(
  { args: given, flags: { all, attribute, object, kind }, global }: Call,
  app: App,
): Promise<DifferenceFilter> {
  const common = { connection: global.connection, attribute, object, kind };
  await refuseUnknownPlace(app, 'differences resolve', common);
  if (given.record !== undefined) return { ...common, recordIds: [await recordId(app, given.record)] };
  if (all) return common;
  throw new TierlinkError('USAGE', { reason: text.resolve.which, command: 'differences resolve' });
}

/** A partner by name, or any record by its id. */
async function recordId(app: App, record: string): Promise<string> {
  const [linked] = await app.store.query<{ record_id: string }>(
    `select record_id from tierlink.link l where record_id = $1 or ${hasCrmId('l', '$1')} limit 1`,
    [record],
  );
  return linked?.record_id ?? (await findPartner(app.store, record, { isWhole: true })).id;
}

async function askSide(call: Call): Promise<'ours' | 'theirs'> {
  const side = await call.prompt.ask({ flag: '--take', label: text.resolve.asks.take });
  if (side === 'ours' || side === 'theirs') return side;
  throw new TierlinkError('USAGE', { reason: `${text.resolve.asks.take}.`, command: 'differences resolve' });
}

/** A tier that people set in the CRM is kept as an exception with a reason and an end, or not at all. */
async function keepAsOverride(
  call: Call,
  app: App,
  { partnerId, tier }: OfferedOverride,
): Promise<AsOverride> {
  const ask = (flag: string, label: string) => call.prompt.ask({ flag, label });
  const reason = call.flags.reason ?? (await ask('--reason', text.resolve.asks.reason));
  const until = call.flags.until ?? (await ask('--until', text.resolve.asks.until));
  const { program, clock } = app;
  const kept = { program, partnerId, tier, reason, until, author: currentActor(), now: clock.now() };
  return (tx) => keepOverride(tx, kept);
}
