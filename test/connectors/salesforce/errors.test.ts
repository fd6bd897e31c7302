import { describe, expect, it } from '@jest/globals';
import {
  entryFault,
  faultError,
  meaningOf,
  parseBulkFault,
  parseFault,
} from '../../../connectors/salesforce/errors.ts';
import { errorRegistry } from '../../../src/errors.ts';

const place = { connection: 'sf', now: Date.parse('2026-03-04T10:00:00Z') };

describe('Salesforce codes in our words', () => {
  it.each([
    ['INVALID_SESSION_ID', 'Session expired or invalid', 'CRM_SESSION_EXPIRED', 'signIn'],
    ['UNABLE_TO_LOCK_ROW', 'unable to obtain exclusive access', 'CRM_LOCKED', 'backoff'],
    ['REQUIRED_FIELD_MISSING', 'Required fields are missing: [Name]', 'CRM_REQUIRED', 'never'],
    ['FIELD_CUSTOM_VALIDATION_EXCEPTION', 'Region is needed', 'CRM_RULE', 'never'],
    ['INVALID_FIELD', "No such column 'X' on sobject of type Y", 'CRM_FIELD_MISSING', 'never'],
    [
      'INVALID_FIELD',
      'Foreign key external ID: a-1 not found for field Ext__c in entity Account',
      'CRM_REFERENCE',
      'never',
    ],
    [
      'NOT_FOUND',
      'Provided external ID field does not exist or is not accessible: X',
      'CRM_FIELD_MISSING',
      'never',
    ],
    ['ENTITY_IS_DELETED', 'entity is deleted', 'CRM_GONE', 'never'],
    ['CANNOT_UPDATE_CONVERTED_LEAD', 'cannot reference converted lead', 'CRM_READONLY_RECORD', 'never'],
    ['ALL_OR_NONE_OPERATION_ROLLED_BACK', 'rolled back', 'CRM_COLLATERAL', 'backoff'],
    ['SOMETHING_NEW', 'never seen', 'CRM_UNKNOWN', 'never'],
  ])('%s (%s) is %s, retry %s', (code, message, ours, retry) => {
    expect(meaningOf({ code, message, fields: [], status: 400 })).toEqual({ code: ours, retry });
  });

  it('pitfall 18: the two kinds of REQUEST_LIMIT_EXCEEDED are told apart by their text', () => {
    const fault = (message: string) => ({ code: 'REQUEST_LIMIT_EXCEEDED', message, fields: [], status: 403 });
    const concurrent = faultError(
      fault('ConcurrentRequests (Concurrent API Requests) Limit exceeded.'),
      place,
    );
    const total = faultError(fault('TotalRequests Limit exceeded.'), place);
    expect([concurrent.code, concurrent.retry]).toEqual(['CRM_BUSY', 'backoff']);
    expect([total.code, total.retry]).toEqual(['CRM_QUOTA', 'after']);
    expect(total.retryAt).toBe(place.now + 15 * 60_000);
    expect(total.message).toContain('2026-03-04T10:15:00.000Z');
  });

  it('keeps the raw code of an unknown refusal and names it in the message', () => {
    const error = faultError(parseFault(400, '[{"errorCode":"BRAND_NEW","message":"hm"}]'), place);
    expect(error.code).toBe('CRM_UNKNOWN');
    expect(error.data.vendorCode).toBe('BRAND_NEW');
    expect(error.message).toContain('BRAND_NEW');
  });

  it('reads every shape of refusal', () => {
    expect(parseFault(400, '[{"errorCode":"A","message":"m","fields":["F"]}]')).toEqual({
      code: 'A',
      message: 'm',
      fields: ['F'],
      status: 400,
    });
    expect(parseFault(503, '<html>down</html>').code).toBe('HTTP_503');
    expect(entryFault({ statusCode: 'B', message: 'm', fields: [] }).code).toBe('B');
    expect(parseBulkFault('REQUIRED_FIELD_MISSING:Required fields are missing: [Name]:Name --')).toEqual({
      code: 'REQUIRED_FIELD_MISSING',
      message: 'Required fields are missing: [Name]',
      fields: ['Name'],
      status: 400,
    });
  });

  it('maps to codes that are registered', () => {
    for (const status of [0, 401, 403, 404, 410, 420, 429, 500, 502, 503, 504, 418]) {
      expect(Object.keys(errorRegistry)).toContain(meaningOf(parseFault(status, '')).code);
    }
  });
});
