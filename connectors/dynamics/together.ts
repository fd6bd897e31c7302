import type { DynamicsWebApi } from 'dynamics-web-api';
import { isTierlinkError, TierlinkError } from '../../src/errors.ts';
import type { ConnectorHost } from '../../src/sync/connector-manifest.ts';
import type { Client, LibraryCall } from './client.ts';
import { faultError } from './errors.ts';
import { libraryFailure } from './transport.ts';

/** What batches are sent on. */
interface Line {
  client: Pick<Client, 'library'>;
  host: ConnectorHost;
}

/** Adds one request to a batch. */
type Ask = (api: DynamicsWebApi) => unknown;

/** Operations of one batch at most: https://learn.microsoft.com/power-apps/developer/data-platform/webapi/execute-batch-operations-using-web-api */
const MOST_OPERATIONS = 1_000;

/** Reads that travel in one call for a thousand of them, in order; each is answered or refused for itself. */
export async function batchOutcomes(
  { client, host }: Line,
  call: LibraryCall,
  asks: readonly Ask[],
): Promise<unknown[]> {
  const outcomes: unknown[] = [];
  for (let start = 0; start < asks.length; start += MOST_OPERATIONS) {
    const some = asks.slice(start, start + MOST_OPERATIONS);
    const answers = await client.library({ ...call, repeatable: true }, async (api) => {
      api.startBatch();
      for (const ask of some) ask(api);
      return await api.executeBatch({ continueOnError: true });
    });
    outcomes.push(
      ...answers.map((answer) => (answer instanceof Error ? refusalOf(answer, call, host) : answer)),
    );
  }
  return outcomes;
}

function refusalOf(answer: Error, call: LibraryCall, host: ConnectorHost): TierlinkError {
  const { fault, retryAfterMs } = libraryFailure(answer);
  return faultError(fault, { connection: host.connection, now: host.now(), table: call.table, retryAfterMs });
}

/** What was answered; undefined where it was refused. Throws what a later attempt may be spared. */
export function answered<T>(outcome: unknown): T | undefined {
  if (isTierlinkError(outcome, 'CRM_QUOTA') || isTierlinkError(outcome, 'CRM_BUSY')) throw outcome;
  return outcome instanceof TierlinkError ? undefined : (outcome as T);
}

/** As batchOutcomes, for reads of which none may fail. */
export async function batchAnswers(line: Line, call: LibraryCall, asks: readonly Ask[]): Promise<unknown[]> {
  const outcomes = await batchOutcomes(line, call, asks);
  const refused = outcomes.find((outcome) => outcome instanceof TierlinkError);
  if (refused !== undefined) throw refused;
  return outcomes;
}
