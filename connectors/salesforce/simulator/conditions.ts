import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ObjectMeta, Row } from './types.ts';

/** Entity tags exist for accounts only; https://developer.salesforce.com/docs/platform/api-rest/guide/headers-conditional-requests.html */
function tagOf(object: ObjectMeta, row: Row): string | null {
  if (object.name !== 'Account') return null;
  return `"${Number(row.SystemModstamp).toString(36)}${String(row.Id).slice(-6)}"`;
}

function modifiedAt(row: Row): number {
  return Number(row.LastModifiedDate ?? row.SystemModstamp ?? 0);
}

function headerOf(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function lists(header: string, tag: string): boolean {
  return header
    .split(',')
    .some((each) => each.trim().replace(/--gzip(?=")/, '') === tag || each.trim() === '*');
}

export function setValidators(reply: FastifyReply, object: ObjectMeta, row: Row): void {
  void reply.header('Last-Modified', new Date(modifiedAt(row)).toUTCString());
  const tag = tagOf(object, row);
  if (tag !== null) void reply.header('ETag', tag);
}

/** True when a read may be answered with 304. */
export function notModified(request: FastifyRequest, object: ObjectMeta, row: Row): boolean {
  const tag = tagOf(object, row);
  const known = headerOf(request, 'if-none-match');
  if (known !== undefined && tag !== null) return lists(known, tag);
  const since = Date.parse(headerOf(request, 'if-modified-since') ?? '');
  return !Number.isNaN(since) && modifiedAt(row) <= since;
}

/** True when a write must be refused with 412. */
export function failsCondition(request: FastifyRequest, object: ObjectMeta, row: Row): boolean {
  const tag = tagOf(object, row);
  const wanted = headerOf(request, 'if-match');
  if (wanted !== undefined && tag !== null && !lists(wanted, tag)) return true;
  const unwanted = headerOf(request, 'if-none-match');
  if (unwanted !== undefined && tag !== null && lists(unwanted, tag)) return true;
  const until = Date.parse(headerOf(request, 'if-unmodified-since') ?? '');
  if (!Number.isNaN(until) && modifiedAt(row) > until) return true;
  const since = Date.parse(headerOf(request, 'if-modified-since') ?? '');
  return !Number.isNaN(since) && modifiedAt(row) <= since;
}
