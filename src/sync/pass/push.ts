import { isTierlinkError } from '../../errors.ts';
import type { CallMeter } from '../budget.ts';
import { type Engine, type PassConnection, report } from '../engine.ts';
import { descriptionsByName, metadataCodes, refreshMetadata } from '../pull/metadata.ts';
import { pushConnection, settleConnection } from '../push/connection.ts';
import type { PushCounts } from '../push/context.ts';
import type { PushRequest, PushResult } from '../push/plan.ts';
import type { PlannedWrites } from '../push/planned-writes.ts';
import { type PushPreview, previewPush } from '../push/preview.ts';
import { type ConnectionRecord, isPaused, loadConnection } from '../records/connections.ts';
import type { Prepared } from './prepare.ts';
import { programWords, tierNamesOf } from './program-words.ts';

export interface PushOptions {
  prepared: Prepared;
  runId: string | null;
  meter?: CallMeter | undefined;
  /** Only this CRM object. */
  only?: string | undefined;
  /** Only what a reviewed plan writes, also while write-back is off. */
  planned?: PlannedWrites | undefined;
}

/** Why nothing was written. */
export type NotWritten = 'write_back_off' | 'paused';

/** Writes what the connection should be told, or says why it is not. Throws what stopped it; what was done is kept. */
export async function pushStep(
  engine: Engine,
  connection: PassConnection,
  options: PushOptions,
): Promise<PushResult | NotWritten> {
  const record = await loadConnection(engine.store.db, connection.alias);
  if (isPaused(record)) return 'paused';
  if (!record.write_back && options.planned === undefined) return 'write_back_off';
  const event = { connection: connection.alias, step: 'push' } as const;
  report(engine, { ...event, state: 'started' });
  const result = await pushConnection(pushRequestOf(engine, connection, { ...options, record }));
  if (await hasMetadataRejects(engine, connection.alias, options.runId)) await lookAgain(engine, connection);
  report(engine, { ...event, state: 'done', done: result.total.created + result.total.updated });
  return result;
}

/**
 * Whether something that was to be written was not, or may not have been: refused for good or for now, not fit to be sent,
 * changed by somebody meanwhile, at work elsewhere, not read yet, or more than a run may create.
 */
export function isHeldBack({ total, planned, skipped, unread, heldCreates }: PushResult): boolean {
  const { rejected, retrying, left, unknown } = total;
  const held = [skipped, unread, heldCreates].reduce((sum, { length }) => sum + length, planned.unsent);
  return rejected + retrying + left + unknown + held > 0;
}

/** What a push would write now, and with write-back off, once it is on. Only in a rehearsal. */
export async function previewStep(
  engine: Engine,
  connection: PassConnection,
  options: PushOptions,
): Promise<PushPreview> {
  const record = await loadConnection(engine.store.db, connection.alias);
  return await previewPush(pushRequestOf(engine, connection, { ...options, record }));
}

/** Finds out what became of writes of a process that died. Goes before a pull, which would meet our own echo. */
export async function settleStep(
  engine: Engine,
  connection: PassConnection,
  options: PushOptions & {
    /** Sends nothing, not even the rest of a bulk job. (Default: false) */
    isReading?: boolean;
  },
): Promise<PushCounts> {
  const { isReading = false } = options;
  const record = await loadConnection(engine.store.db, connection.alias);
  // What a plan had on its way when its process died is looked for also while write-back is off, and not sent.
  return await settleConnection(pushRequestOf(engine, connection, { ...options, record }), {
    isReading: isReading || !record.write_back,
  });
}

function pushRequestOf(
  engine: Engine,
  connection: PassConnection,
  options: PushOptions & { record: ConnectionRecord },
): PushRequest {
  const { prepared, record } = options;
  return {
    store: engine.store,
    capabilities: connection.manifest.capabilities,
    connection: connection.alias,
    mappings: connection.mappings(),
    program: programWords(engine.program),
    transform: {
      timeZone: engine.program.timeZone,
      currency: record.currency ?? engine.program.currency.code,
      named: prepared.metadata.named,
    },
    connector: connection.connector(),
    descriptions: descriptionsByName(prepared.metadata),
    clock: engine.clock,
    clockSkewMs: prepared.clockSkewMs,
    runId: options.runId,
    actor: engine.actor,
    holder: engine.holder,
    waitTurn: engine.waitTurn,
    budget: connection.budget,
    createsPerRun: connection.createsPerRun,
    logger: engine.logger,
    meter: options.meter,
    only: options.only,
    planned: options.planned,
    signal: engine.signal,
  };
}

async function hasMetadataRejects(
  engine: Engine,
  connection: string,
  runId: string | null,
): Promise<boolean> {
  const rows = await engine.store.query(
    `select 1 from tierlink.reject where connection = $1 and run_id = $2 and direction = 'out' and attribute = ''
       and code = any($3::text[]) limit 1`,
    [connection, runId, metadataCodes],
  );
  return rows.length > 0;
}

async function lookAgain(engine: Engine, connection: PassConnection): Promise<void> {
  try {
    await refreshMetadata({
      store: engine.store,
      clock: engine.clock,
      connector: connection.connector(),
      connection: connection.alias,
      mappings: connection.mappings(),
      tiers: tierNamesOf(engine.program),
    });
  } catch (error) {
    // The push itself is done; the next metadata check asks again.
    if (!isTierlinkError(error)) throw error;
    engine.logger.warn(
      { connection: connection.alias, code: error.code },
      'the objects were not described again',
    );
  }
}
