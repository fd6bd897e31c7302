import type { DynamicsWebApi } from 'dynamics-web-api';
import { isTierlinkError, TierlinkError } from '../../src/errors.ts';
import type { ConnectorHost } from '../../src/sync/connector-manifest.ts';
import { CallFailed } from '../shared/call-failed.ts';
import { MOST_OPERATIONS } from './batch.ts';
import type { Client, LibraryCall } from './client.ts';
import { faultError } from './errors.ts';
import { libraryFailure } from './transport.ts';

/** What batches are sent on. */
interface Line {
  client: Pick<Client, 'library' | 'heed'>;
  host: ConnectorHost;
}

/** Adds one request to a batch. */
type Ask = (api: DynamicsWebApi) => unknown;

/**
 * Reads that travel in one call for a thousand of them, in order; each is answered or refused for itself. Those that were
 * turned away go once more, after everybody has waited as long as they were told to.
 */
export async function batchOutcomes(line: Line, call: LibraryCall, asks: readonly Ask[]): Promise<unknown[]> {
  const outcomes: unknown[] = [];
  for (let start = 0; start < asks.length; start += MOST_OPERATIONS) {
    const some = asks.slice(start, start + MOST_OPERATIONS);
    const answers = await askAll(line, call, some);
    const again = some.filter((_ask, index) => isTurnedAway(answers[index]));
    const later = (again.length === 0 ? [] : await askAll(line, call, again)).values();
    for (const answer of answers) {
      const last = isTurnedAway(answer) ? later.next().value : answer;
      outcomes.push(last instanceof CallFailed ? refusalOf(last, call, line.host) : last);
    }
  }
  return outcomes;
}

/** What each was answered, or its refusal. */
async function askAll({ client }: Line, call: LibraryCall, asks: readonly Ask[]): Promise<unknown[]> {
  const answers = await client.library({ ...call, repeatable: true }, async (api) => {
    api.startBatch();
    for (const ask of asks) ask(api);
    return await api.executeBatch({ continueOnError: true });
  });
  return answers.map((answer) => {
    if (!(answer instanceof Error)) return answer;
    const failed = libraryFailure(answer);
    client.heed(failed.fault, failed.retryAfterMs);
    return failed;
  });
}

function isTurnedAway(answer: unknown): boolean {
  return answer instanceof CallFailed && [429, 503].includes(answer.fault.status);
}

function refusalOf(
  { fault, retryAfterMs }: CallFailed,
  call: LibraryCall,
  host: ConnectorHost,
): TierlinkError {
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
