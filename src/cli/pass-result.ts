import { z } from 'zod';
import { tierLabel } from '../app/standings.ts';
import type { TierlinkError } from '../errors.ts';
import type { Program } from '../program/load.ts';
import type { MatchResult } from '../sync/match/step.ts';
import type { PassResult } from '../sync/pass/pass.ts';
import type { PullCounts } from '../sync/pull/pull.ts';
import type { RunResult } from '../sync/records/runs.ts';
import { joinedSchema, shownJoined } from './match-result.ts';

/** A pass in --json. */
const objectSchema = z.strictObject({
  object: z.string(),
  entity: z.string(),
  read: z.int(),
  created: z.int(),
  updated: z.int(),
  unchanged: z.int(),
  held: z.int(),
  invalid: z.int(),
  outOfScope: z.int(),
  leftScope: z.int(),
  other: z.int(),
  deleted: z.int(),
  merged: z.int(),
  invalidValues: z.int(),
  conflicts: z.int(),
  drift: z.int(),
});
const errorSchema = z.strictObject({ code: z.string(), message: z.string(), actions: z.array(z.string()) });
const movementSchema = z.strictObject({
  partner: z.string(),
  movement: z.string(),
  from: z.string().nullable(),
  to: z.string().nullable(),
  summary: z.string(),
});
const problemSchema = errorSchema.extend({ object: z.string() });
const writeSchema = z.strictObject({
  object: z.string(),
  entity: z.string(),
  record: z.string(),
  name: z.string().nullable(),
  /** create or update. */
  action: z.enum(['create', 'update']),
  changes: z.array(z.strictObject({ attribute: z.string(), before: z.unknown(), after: z.unknown() })),
});

const heldCreates = z
  .array(z.strictObject({ object: z.string(), count: z.int().describe('How many of them.') }))
  .describe('Records that are not created without a plan, because they are more than a run may create.');

const undecided = z
  .array(z.strictObject({ object: z.string(), count: z.int().describe('How many of them.') }))
  .describe(
    'Deals and leads that may be in the CRM already: they are not created before a person has decided.',
  );

export const passSchema = z.strictObject({
  run: z.string(),
  state: z.string(),
  reason: z.string().nullable(),
  tookMs: z.int(),
  connections: z.array(
    z.strictObject({
      connection: z.string(),
      state: z.string(),
      error: errorSchema.nullable(),
      objects: z.array(objectSchema),
      skipped: z.array(z.string()),
      problems: z.array(problemSchema),
      frozen: z.array(z.strictObject({ object: z.string(), entity: z.string(), reason: z.string() })),
      missingFields: z.array(z.strictObject({ object: z.string(), fields: z.array(z.string()) })),
      written: z
        .strictObject({
          created: z.int(),
          updated: z.int(),
          unchanged: z.int(),
          rejected: z.int(),
          retrying: z.int(),
          waiting: z.int(),
          unread: z.array(z.string()),
          heldCreates,
          undecided,
        })
        .nullable(),
      notWritten: z.enum(['write_back_off', 'paused', 'dry_run']).nullable(),
      wouldWrite: z
        .strictObject({
          /** Whether write-back is on; until it is, a sync writes nothing of this. */
          isOn: z.boolean(),
          writes: z.array(writeSchema),
          unsent: z.int(),
          unchanged: z.int(),
          calls: z.int(),
          waiting: z.int(),
          unread: z.array(z.string()),
          heldCreates,
          undecided,
        })
        .nullable(),
      calls: z.int(),
    }),
  ),
  /** null: there is one connection, or another run was at it. */
  matching: z
    .strictObject({
      joined: z.array(joinedSchema),
      /** New proposals, and all that wait for a person. */
      proposed: z.int(),
      open: z.int(),
    })
    .nullable(),
  adopted: z
    .array(
      z.strictObject({
        connection: z.string(),
        object: z.string(),
        crmId: z.string(),
        entity: z.enum(['deal', 'lead']),
        recordId: z.string(),
        name: z.string().nullable(),
        score: z.int().describe('How likely it is the same, 0 to 100.'),
        reasons: z.array(z.string()).describe('What speaks for it, the weightiest first.'),
      }),
    )
    .describe(
      'Deals and leads that were found in the CRM before they were created there, and linked instead.',
    ),
  kpis: z.strictObject({ partners: z.int(), changed: z.int() }).nullable(),
  tiers: z
    .strictObject({
      evaluated: z.int(),
      decisions: z.int(),
      frozen: z.int(),
      /** Partners that do not join a ladder yet. */
      waiting: z.strictObject({ partners: z.int(), reason: z.string() }).nullable(),
      /** The lists of changes that wait for a person since this run. */
      held: z.array(
        z.strictObject({ approval: z.string(), up: z.int(), down: z.int(), because: z.string() }),
      ),
      /** The first 500 decisions. */
      movements: z.array(movementSchema),
    })
    .nullable(),
});
export type ShownPass = z.infer<typeof passSchema>;
export type ShownConnection = ShownPass['connections'][number];

/** What a person or script is told of a pass. */
export function shownPass(run: RunResult<PassResult>, tookMs: number, program: Program): ShownPass {
  const { value } = run;
  return {
    run: run.id,
    state: run.state,
    reason: run.reason,
    tookMs: Math.round(tookMs),
    connections: (value?.connections ?? []).map(shownConnection),
    matching: value?.matching ? shownMatching(value.matching) : null,
    adopted: value?.adopted ?? [],
    kpis: value?.kpis ? { partners: value.kpis.partners, changed: value.kpis.changed } : null,
    tiers: value?.tiers
      ? {
          evaluated: value.tiers.evaluated,
          decisions: Object.values(value.tiers.movements).reduce((sum, count) => sum + count, 0),
          frozen: value.tiers.frozen,
          waiting: value.tiers.waiting,
          held: value.tiers.held,
          movements: value.tiers.decisions.map(
            ({ partner, partnerId, movement, fromTier, toTier, summary }) => ({
              partner: partner ?? partnerId,
              movement,
              from: tierLabel(program, fromTier),
              to: tierLabel(program, toTier),
              summary,
            }),
          ),
        }
      : null,
  };
}

function shownMatching({ joined, proposed, open }: MatchResult): ShownPass['matching'] {
  return { joined: joined.map(shownJoined), proposed, open };
}

type ConnectionPass = PassResult['connections'][number];

function shownConnection(pass: ConnectionPass): ShownConnection {
  const pulled = pass.pull?.objects ?? [];
  const { error } = pass;
  return {
    connection: pass.connection,
    state: pass.state,
    error: error && shownError(error),
    objects: pulled.flatMap(({ object, counts }) =>
      Object.entries(counts).map(([entity, each]) => ({ object, entity, ...picked(each) })),
    ),
    skipped: [...(pass.pull?.skipped ?? []), ...((pass.push ?? pass.preview)?.skipped ?? [])],
    problems: (pass.pull?.problems ?? []).map((problem) => ({
      object: problem.object,
      ...shownError(problem.error),
    })),
    frozen: pulled.flatMap(({ object, frozen }) =>
      frozen.map(({ entity, reason }) => ({ object, entity, reason: String(reason) })),
    ),
    missingFields: pulled
      .filter(({ missingFields }) => missingFields.length > 0)
      .map(({ object, missingFields }) => ({ object, fields: missingFields })),
    written: writtenOf(pass),
    notWritten: pass.notWritten,
    wouldWrite: wouldWriteOf(pass),
    calls: pass.calls.total,
  };
}

function picked(counts: PullCounts) {
  const { read, created, updated, unchanged, held, invalid, outOfScope, ...beside } = counts;
  const { leftScope, other, deleted, merged, invalidValues, conflicts, drift } = beside;
  const balance = { read, created, updated, unchanged, held, invalid, outOfScope };
  return { ...balance, leftScope, other, deleted, merged, invalidValues, conflicts, drift };
}

function writtenOf({ push }: ConnectionPass): ShownConnection['written'] {
  if (push === null) return null;
  const { created, updated, unchanged, rejected, retrying } = push.total;
  const { waiting, unread, heldCreates, undecided } = push;
  return { created, updated, unchanged, rejected, retrying, waiting, unread, heldCreates, undecided };
}

function wouldWriteOf({ preview }: ConnectionPass): ShownConnection['wouldWrite'] {
  if (preview === null) return null;
  const { isOn, unsent, unchanged, calls, waiting, unread, heldCreates, undecided } = preview;
  const writes = preview.writes.map(({ object, entity, crmId, recordId, name, changes }) => ({
    object,
    entity,
    record: crmId ?? recordId,
    name,
    action: crmId === null ? ('create' as const) : ('update' as const),
    changes,
  }));
  return { isOn, writes, unsent, unchanged, calls, waiting, unread, heldCreates, undecided };
}

function shownError({ code, message, actions }: TierlinkError): z.infer<typeof errorSchema> {
  return { code, message, actions: [...actions] };
}
