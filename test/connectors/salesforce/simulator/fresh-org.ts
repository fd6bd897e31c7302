import type { Org } from '../../../../connectors/salesforce/simulator/org.ts';
import {
  createSimulatedOrg,
  type SimulatedOrg,
} from '../../../../connectors/salesforce/simulator/simulated-org.ts';
import type { DmlOptions, InputRecord } from '../../../../connectors/salesforce/simulator/types.ts';

export const START = Date.parse('2026-11-23T09:00:00Z');

/** An org with the sample fields but no records, its clock standing at START. */
export function freshOrg(): SimulatedOrg {
  const opened = createSimulatedOrg({
    empty: false,
    data: new URL('./no-records', import.meta.url).pathname,
    now: START,
  });
  opened.org.clock.freeze();
  opened.org.clock.set(START);
  return opened;
}

/** The id of a record that must be created. */
export function insertOne(org: Org, object: string, record: InputRecord, options: DmlOptions = {}): string {
  const [result] = org.insert(object, [record], options);
  if (result?.id == null) throw new Error(`not created: ${JSON.stringify(result?.errors)}`);
  return result.id;
}

/** `CODE: message` of a refusal, or 'ok'. */
export function outcomeOf(
  result: { success: boolean; errors: Array<{ statusCode: string; message: string }> } | undefined,
): string {
  const [error] = result?.errors ?? [];
  return error === undefined ? 'ok' : `${error.statusCode}: ${error.message}`;
}
