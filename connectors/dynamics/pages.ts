import { isTierlinkError } from '../../src/errors.ts';
import { faultOf } from '../shared/call-failed.ts';
import type { JsonRow } from '../shared/neutral-values.ts';
import type { Call } from './client.ts';
import type { Context } from './context.ts';
import type { RowPlan } from './rows.ts';

/** Rows of a table as one answer brings them, and the way on. */
export interface RowPage {
  rows: JsonRow[];
  /** To the next page; absent on the last one. */
  next?: string;
  /** Of followed tables, on the last page: to what changes from then on. */
  delta?: string;
}

interface PageAnswer {
  value: JsonRow[];
  '@odata.nextLink'?: string;
  '@odata.deltaLink'?: string;
}

export interface PageRequest {
  /** Below the root, or a link that an answer gave. */
  path: string;
  table: string;
  kind?: string;
  tracksChanges?: boolean;
  signal?: AbortSignal | undefined;
}

/** One page. The size has to be asked for with each of them. */
export async function askPage(context: Context, request: PageRequest): Promise<RowPage> {
  const preferences = [
    ...(request.tracksChanges === true ? ['odata.track-changes'] : []),
    `odata.maxpagesize=${context.options.pageSize}`,
  ];
  const call: Call = {
    method: 'GET',
    path: request.path,
    kind: request.kind ?? 'query',
    table: request.table,
    headers: { Prefer: preferences.join(',') },
    signal: request.signal,
  };
  const answer = await context.client.json<PageAnswer>(call);
  const { '@odata.nextLink': next, '@odata.deltaLink': delta } = answer;
  return {
    rows: answer.value,
    ...(next === undefined ? {} : { next }),
    ...(delta === undefined ? {} : { delta }),
  };
}

/** Whether a link was refused as a wrong request, and not as one that asks for what is not there (any more). */
export function isRefusedLink(error: unknown): boolean {
  const isWrong = isTierlinkError(error, 'CRM_QUERY') || isTierlinkError(error, 'CRM_UNKNOWN');
  return isWrong && faultOf(error)?.status === 400;
}

/**
 * A link that selects what the plan selects. A link is used as it was given wherever it does; where fields were added or
 * removed since, only these two options are exchanged: values that are not selected would look blank.
 */
export function withSelection(link: string, { select, expand }: Pick<RowPlan, 'select' | 'expand'>): string {
  const [resource = '', search = ''] = link.split('?');
  const wanted: Record<string, string | undefined> = { $select: select.join(','), $expand: expand };
  const seen = new Set<string>();
  const parts = search.split('&').flatMap((part) => {
    const [name = '', value = ''] = splitOption(part);
    if (!(name in wanted)) return [part];
    seen.add(name);
    const text = wanted[name];
    if (text === undefined) return [];
    return [decoded(value) === text ? part : `${name}=${encodeURIComponent(text)}`];
  });
  const added = Object.entries(wanted).flatMap(([name, text]) =>
    text === undefined || seen.has(name) ? [] : [`${name}=${encodeURIComponent(text)}`],
  );
  return `${resource}?${[...added, ...parts].join('&')}`;
}

function splitOption(part: string): [string, string] {
  const at = part.indexOf('=');
  return [decoded(part.slice(0, at)), part.slice(at + 1)];
}

function decoded(text: string): string {
  return decodeURIComponent(text.replaceAll('+', ' '));
}
