import type { FastifyRequest } from 'fastify';
import type { Caller, DmlOptions } from './types.ts';

function flag(text: string, name: string): boolean {
  return new RegExp(`${name}\\s*=\\s*true`, 'i').test(text);
}

function autoAssign(header: string | undefined): boolean | string {
  if (header === undefined || /^true$/i.test(header)) return true;
  return /^false$/i.test(header) ? false : header;
}

/** What the headers of a request say about its writes. */
export function dmlOptionsOf(request: FastifyRequest, caller: Caller): DmlOptions {
  const header = (name: string): string | undefined => {
    const value = request.headers[name];
    return Array.isArray(value) ? value[0] : value;
  };
  const duplicates = header('sforce-duplicate-rule-header') ?? '';
  return {
    as: caller,
    autoAssign: autoAssign(header('sforce-auto-assign')),
    duplicateRule: {
      allowSave: flag(duplicates, 'allowSave'),
      includeRecordDetails: flag(duplicates, 'includeRecordDetails'),
      runAsCurrentUser: flag(duplicates, 'runAsCurrentUser'),
    },
  };
}
