import { randomUUID } from 'node:crypto';
import type { BatchOperation } from '../batch.ts';
import { idAddress } from '../key-address.ts';
import { mannersHeaders, WRITE_TAG } from '../manners.ts';
import { type StateAction, stateActions } from '../state-actions.ts';
import type { LaneRequest } from '../write.ts';
import type { Place } from './plan.ts';
import type { PreparedRow, WantedState } from './rows.ts';
import { statusOf } from './table.ts';

/** What a wanted state makes of a row: its payload, and the action that follows it. */
export interface StatePlan {
  body: Record<string, unknown>;
  after: readonly BatchOperation[];
}

/**
 * Decides how a row gets into the state that it asks for. A closed row is read-only, so it is opened by the same update
 * that changes it, and closed after it; one that is in the state already is left in it.
 */
export function planState(lane: LaneRequest, row: PreparedRow, place: Place): StatePlan {
  const { state: wanted, body } = row;
  if (wanted === undefined) return { body, after: [] };
  const action = stateActions[lane.table.own.name]?.find(({ state }) => state === wanted.state);
  const now = currentState(place);
  if (action === undefined) return { body: { ...body, ...stateBody(lane, wanted) }, after: [] };
  if (now.state === wanted.state && (wanted.status === undefined || wanted.status === now.status))
    return { body, after: [] };
  const { rest, carried } = parted(action, body);
  const opening = now.state === 0 ? {} : stateBody(lane, { state: 0, status: undefined });
  return close(lane, { place, action, wanted, body: { ...rest, ...opening }, carried });
}

function currentState({ existing }: Place): { state: number; status: number | undefined } {
  const { statecode, statuscode } = existing?.row ?? {};
  return {
    state: typeof statecode === 'number' ? statecode : 0,
    status: typeof statuscode === 'number' ? statuscode : undefined,
  };
}

/** A state goes out with a status that belongs to it: one without the other is left to the platform's choice. */
function stateBody({ table }: LaneRequest, { state, status }: WantedState): Record<string, unknown> {
  const statuscode = status ?? statusOf(table, state);
  return { statecode: state, ...(statuscode === undefined ? {} : { statuscode }) };
}

/** Splits off what the action itself fills in. */
function parted(
  { carries }: StateAction,
  body: Readonly<Record<string, unknown>>,
): { rest: Record<string, unknown>; carried: Record<string, unknown> } {
  const rest: Record<string, unknown> = {};
  const carried: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(body)) {
    const inActivity = value === null ? undefined : carries[name];
    if (inActivity === undefined) rest[name] = value;
    else carried[inActivity] = value;
  }
  return { rest, carried };
}

interface Closing {
  place: Place;
  action: StateAction;
  wanted: WantedState;
  body: Record<string, unknown>;
  carried: Record<string, unknown>;
}

function close(lane: LaneRequest, { place, action, wanted, body, carried }: Closing): StatePlan {
  const { own } = lane.table;
  // A new row that no address can name is given its id, so that the action can name it.
  const id = place.address === undefined ? randomUUID() : undefined;
  const address = place.address ?? idAddress(own.entitySet, id ?? '');
  const activity = { subject: action.subject, [`${action.lookup}@odata.bind`]: `/${address}`, ...carried };
  const operation: BatchOperation = {
    method: 'POST',
    path: `${action.action}?${WRITE_TAG}`,
    headers: mannersHeaders(lane.request.manners, false),
    body: { Status: wanted.status ?? statusOf(lane.table, action.state), [action.activity]: activity },
  };
  return { body: id === undefined ? body : { ...body, [own.primaryId]: id }, after: [operation] };
}
