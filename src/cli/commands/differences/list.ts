import { z } from 'zod';
import { type ListedDifference, listWithDecisions } from '../../../app/open-differences.ts';
import type { App } from '../../../app.ts';
import type { Executor } from '../../../store/store.ts';
import { isTierDifference } from '../../../sync/push/differences.ts';
import { recordNames } from '../../../sync/records/record-names.ts';
import { defineCommand } from '../../command.ts';
import { textFlag } from '../../flags.ts';
import { formatCount, formatValue } from '../../format.ts';
import { refuseUnknownPlace } from '../../known-words.ts';
import type { Screen } from '../../screen.ts';
import { text } from './differences.messages.ts';

const differenceSchema = z.strictObject({
  connection: z.string(),
  object: z.string(),
  crmId: z.string(),
  entity: z.string(),
  recordId: z.string(),
  name: z.string().nullable(),
  attribute: z.string(),
  field: z.string().describe("The field's name in the CRM."),
  kind: z.enum(['drift', 'conflict']),
  ours: z.unknown(),
  ourUser: z.string().nullable().describe('Who set our value; null where it is not known.'),
  ourAt: z.string().nullable().describe('When, ISO instant; null where it is not known.'),
  theirs: z.unknown(),
  theirUser: z.string().nullable(),
  theirUserName: z.string().nullable(),
  theirAt: z.string().nullable(),
  since: z.string(),
  /** The override that settles it with the next sync; null: still to be decided. */
  decided: z.strictObject({ until: z.string() }).nullable(),
});

export const differencesList = defineCommand({
  name: 'differences list',
  summary: text.list.summary,
  flags: { object: textFlag('OBJECT', text.list.object) },
  examples: ['tierlink differences list', 'tierlink differences list --object Account --json'],
  result: z.strictObject({
    differences: z.array(differenceSchema),
  }),
  run: async ({ flags, global, app }) => {
    const opened = await app();
    const filter = { connection: global.connection, object: flags.object };
    await refuseUnknownPlace(opened, 'differences list', filter);
    const found = await listWithDecisions(opened, filter);
    const names = await namesOf(opened.store, found);
    const setters = await ourSetters(opened.store, found);
    const differences = found.map((each) => ({
      connection: each.connection,
      object: each.object,
      crmId: each.crm_id,
      entity: each.entity,
      recordId: each.record_id,
      name: names.get(each.record_id) ?? null,
      attribute: each.attribute,
      field: fieldOf(opened, each),
      kind: each.kind,
      ours: each.ours,
      ourUser: setters.get(keyOf(each))?.actor ?? null,
      ourAt: setters.get(keyOf(each))?.at ?? null,
      theirs: each.theirs,
      theirUser: each.their_user,
      theirUserName: each.their_user_name,
      theirAt: each.their_at,
      since: each.since,
      decided: each.decided,
    }));
    return { result: { differences }, next: nextSteps(found, names) };
  },
  show: ({ differences }, screen) => {
    if (differences.length === 0) {
      screen.line(text.list.none);
      return;
    }
    showGroups(differences, screen);
    screen.line();
    screen.table(
      text.list.columns.map((title, index) => ({ title, differing: index === 1, wrap: index === 7 })),
      differences.map((each) => [
        each.name ?? `${each.object} ${each.crmId}`,
        each.connection,
        each.field,
        formatValue(each.ours),
        setBy(screen, each.ourUser ?? (each.kind === 'drift' ? text.list.program : null), each.ourAt),
        formatValue(each.theirs),
        setBy(screen, each.theirUserName ?? each.theirUser ?? text.list.somebody, each.theirAt ?? each.since),
        each.decided === null ? '' : text.list.decided(each.decided.until),
      ]),
    );
  },
});

type Shown = z.infer<typeof differenceSchema>;

/** By cause: what happened, to which field, how often. */
function showGroups(differences: readonly Shown[], screen: Screen): void {
  const groups = new Map<string, Shown[]>();
  for (const each of differences) {
    const key = JSON.stringify([each.connection, each.object, each.attribute, each.kind]);
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  screen.table(
    text.list.groupColumns.map((title, index) => ({
      title,
      differing: index === 1,
      align: index === 3 ? ('right' as const) : ('left' as const),
      wrap: index === 4,
    })),
    [...groups.values()].map((group) => {
      const { object, field, attribute, connection, kind } = group[0]!;
      return [
        `${object}.${field}`,
        connection,
        text.list.kinds[kind] ?? kind,
        formatCount(group.length),
        text.list.decideAll(attribute, object),
      ];
    }),
  );
}

function setBy(screen: Screen, who: string | null, at: string | null): string {
  if (at === null) return who ?? '';
  return text.list.by(who ?? text.list.somebody, screen.instant(at));
}

async function namesOf(executor: Executor, found: readonly ListedDifference[]): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  for (const entity of new Set(found.map((each) => each.entity))) {
    const own = found.filter((each) => each.entity === entity).map((each) => each.record_id);
    for (const [id, name] of await recordNames(executor, entity, own)) names.set(id, name);
  }
  return names;
}

/** The CRM's field that an attribute is kept in; our name where no mapping has it any more. */
function fieldOf({ connections }: Pick<App, 'connections'>, of: ListedDifference): string {
  const mappings = connections.find(({ alias }) => alias === of.connection)?.mappings() ?? [];
  const mapping = mappings.find(({ object, entity }) => object === of.object && entity === of.entity);
  return mapping?.attributes[of.attribute]?.field ?? of.attribute;
}

function keyOf({ entity, record_id: recordId, attribute }: ListedDifference): string {
  return `${entity} ${recordId} ${attribute}`;
}

/** Who set our values last and when, as far as the audit knows: a person, a file, or a decision that was written. */
async function ourSetters(
  executor: Executor,
  found: readonly ListedDifference[],
): Promise<Map<string, { actor: string; at: string }>> {
  const rows = await executor.query<{ key: string; actor: string; at: string }>(
    `select distinct on (d.key) d.key, a.actor, a.at
     from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as d(key, entity, record_id, attribute)
     join tierlink.audit a on a.entity = d.entity and a.record_id = d.record_id and a.after ? d.attribute
       and a.actor <> 'crm' and a.action <> 'accept_theirs'
     order by d.key, a.at desc, a.id desc`,
    [
      found.map(keyOf),
      found.map(({ entity }) => entity),
      found.map((each) => each.record_id),
      found.map(({ attribute }) => attribute),
    ],
  );
  return new Map(rows.map(({ key, actor, at }) => [key, { actor, at }]));
}

/** How to decide the oldest one; what was decided already only waits for the next sync. */
function nextSteps(found: readonly ListedDifference[], names: ReadonlyMap<string, string>): string[] {
  const undecided = found.filter(({ decided }) => decided === null);
  const [first] = undecided;
  if (first === undefined) return found.length === 0 ? [] : [text.list.nextSync];
  const record = names.get(first.record_id) ?? first.crm_id;
  const isConflict = first.kind === 'conflict';
  const isTier = undecided.some((each) => each.record_id === first.record_id && isTierDifference(each));
  return [
    text.list.nextOurs(record),
    isTier ? text.list.nextOverride(record) : text.list.nextTheirs(record),
    ...(isConflict ? [text.list.nextPolicy(first.attribute, first.object)] : []),
  ];
}
