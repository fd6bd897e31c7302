import { describe, expect, it } from '@jest/globals';
import { entryFault, faultError, meaningOf, parseFault } from '../../../connectors/dynamics/errors.ts';

const body = (code: string, message = 'said') => JSON.stringify({ error: { code, message } });
const meaning = (status: number, text: string) => meaningOf(parseFault(status, text)).code;

describe('faults', () => {
  it.each([
    [429, '0x80072322', 'CRM_QUOTA'],
    [429, '0x80072321', 'CRM_QUOTA'],
    [429, '0x80072326', 'CRM_BUSY'],
    [403, '0x80072560', 'CRM_SIGN_IN'],
    [403, '0x80042f09', 'CRM_PERMISSION'],
    [404, '0x80040217', 'CRM_GONE'],
    [404, '0x80060891', 'CRM_REFERENCE'],
    [412, '0x80060892', 'CRM_DUPLICATE'],
    [412, '0x80060882', 'CRM_LOCKED'],
    [400, '0x8004431A', 'CRM_PICKLIST'],
    [410, '0x80044352', 'CRM_CURSOR_EXPIRED'],
    [400, '0x80044352', 'CRM_CURSOR_EXPIRED'],
    [500, '0x80044150', 'CRM_LOCKED'],
    [400, '0x80040265', 'CRM_RULE'],
    [400, '0x80060888', 'CRM_QUERY'],
    [404, '0x8006088a', 'CRM_OBJECT_MISSING'],
    [400, '0x80012345', 'CRM_UNKNOWN'],
    [503, '', 'CRM_BUSY'],
    [429, '0x0', 'CRM_QUOTA'],
  ])('status %d with code %s means %s', (status, code, expected) => {
    expect(meaning(status, body(code))).toBe(expected);
  });

  it('a code that is a signed number is the same code', () => {
    expect(entryFault({ code: '-2147015902', message: 'x' }, 429).code).toBe('0x80072322');
  });

  it('a property that does not exist is named', () => {
    const message = "Could not find a property named 'foo' on type 'Microsoft.Dynamics.CRM.account'.";
    const fault = parseFault(400, body('0x80060888', message));
    expect(meaningOf(fault).code).toBe('CRM_FIELD_MISSING');
    expect(faultError(fault, { connection: 'c', now: 0, table: 'account' }).message).toContain(
      'foo does not exist on account',
    );
    const payload =
      "Error identified in Payload provided by the user for Entity :'accounts' ... The property 'bar' does not exist on type";
    expect(parseFault(400, body('0x80048d19', payload)).fields).toEqual(['bar']);
  });

  it.each([
    ['{"Message":"No HTTP resource was found"}', 404, 'HTTP_404', 'No HTTP resource was found'],
    ['<html>Bad Gateway</html>', 502, 'HTTP_502', '<html>Bad Gateway</html>'],
    ['', 503, 'HTTP_503', 'HTTP 503'],
  ])('an answer of another shape (%s) is told as far as it goes', (text, status, code, message) => {
    expect(parseFault(status, text)).toEqual({ code, message, fields: [], status });
  });

  it('a used-up allowance names the time at which to come back', () => {
    const fault = parseFault(429, body('0x80072322'));
    const error = faultError(fault, { connection: 'c', now: 1_000, retryAfterMs: 5_000 });
    expect(error).toMatchObject({ code: 'CRM_QUOTA', retryAt: 6_000 });
    expect(faultError(fault, { connection: 'c', now: 1_000 }).retryAt).toBe(301_000);
  });
});
