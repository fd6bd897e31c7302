import { freezeText } from '../model/freeze-reasons.ts';
import { filesAlias } from '../model/record-id.ts';
import { errorText } from './error-text.ts';
import type { KpiError, StateReason } from './types.ts';

/** Why a figure is not current, in words. (In: what is kept of it. Out: a sentence without its full stop.) */
export function stateReasonText(reason: StateReason): string {
  if (isError(reason)) return errorText(reason);
  return [...(reason.behind ?? []), wordsOf(reason)].join(': ');
}

/** The same where there may be none. */
export function reasonOrNull(reason: StateReason | null): string | null {
  return reason === null ? null : stateReasonText(reason);
}

/** The reason alone, without the figures by way of which it comes to another one: by this it is found again. */
export function ownReason({ behind: _behind, ...reason }: StateReason): StateReason {
  return reason as StateReason;
}

/** Whether the words of a reason say how far the inputs reach. */
export function saysHowFar({ code }: StateReason): boolean {
  return code === 'unread' || code === 'hidden' || code === 'late' || code === 'inputs_open';
}

/** What a feed is, in the words of messages. */
export function placeOf({ object, connection }: { object: string; connection: string }): string {
  return connection === filesAlias ? `what files hold of ${object}` : `${object} of ${connection}`;
}

function isError(reason: StateReason): reason is KpiError {
  return reason.code === 'rate_missing' || reason.code === 'entry_missing';
}

function wordsOf(reason: Exclude<StateReason, KpiError>): string {
  switch (reason.code) {
    case 'unread':
      return `${placeOf(reason)} has not been read completely yet`;
    case 'hidden':
      return `${placeOf(reason)}: ${reason.attribute} is not shown, or not read completely yet`;
    case 'frozen':
      return `${placeOf(reason)}: ${freezeText(reason.why)}`;
    case 'late':
      return lateText(reason);
    case 'group_open':
      return `${groupOpenText(reason.partners)} of the group cannot be computed`;
    default:
      return plainWords[reason.code];
  }
}

const plainWords = {
  not_computed: 'it has not been computed yet',
  kept_away: 'it was kept as it was while the partner was deleted or out of scope',
  records_changed: 'records have changed since',
  window_moved: 'time has moved its window since',
  others_changed: 'figures that it is compared with have changed since',
  inputs_open: 'its inputs are not complete',
} as const;

function lateText(late: StateReason & { code: 'late' }): string {
  const next = late.connection === filesAlias ? '; import the next file' : '';
  return `${placeOf(late)} is complete only to ${late.completeTo}, and may be ${late.limit} behind at most${next}`;
}

function groupOpenText(partners: number): string {
  return partners === 1 ? 'the figure of 1 partner' : `the figures of ${partners} partners`;
}
