import { describe, expect, it } from '@jest/globals';
import { callKind, createCallCounter } from '../../../../connectors/salesforce/simulator/calls.ts';

describe('counting calls', () => {
  it.each([
    ['/services/data/v67.0/query?q=SELECT+Id+FROM+Account', 'query'],
    ['/services/data/v67.0/queryAll/?q=x', 'query'],
    ['/services/data/v67.0/query/0r8xx-2000', 'query'],
    ['/services/data/v67.0/sobjects/Account/001xx', 'record'],
    ['/services/data/v67.0/sobjects/Account', 'record'],
    ['/services/data/v67.0/sobjects/Account/Ext__c/A1', 'record'],
    ['/services/data/v67.0/sobjects/', 'describe'],
    ['/services/data/v67.0/sobjects/Account/describe', 'describe'],
    ['/services/data/v67.0/sobjects/Account/updated?start=x', 'replication'],
    ['/services/data/v67.0/composite', 'composite'],
    ['/services/data/v67.0/composite/batch', 'batch'],
    ['/services/data/v67.0/composite/sobjects/Account/Ext__c', 'collection'],
    ['/services/data/v67.0/jobs/query/750xx/results', 'bulk'],
    ['/services/data/v67.0/limits/recordCount', 'limits'],
    ['/services/data/v67.0/', 'other'],
  ])('knows the kind of %s', (path, kind) => {
    expect(callKind(path)).toBe(kind);
  });

  it('sums by kind and starts anew', () => {
    const calls = createCallCounter(100);
    calls.count('query', 'GET /a');
    calls.count('query', 'GET /b');
    calls.count('record', 'PATCH /c');
    expect(calls).toMatchObject({
      total: 3,
      byKind: { query: 2, record: 1 },
      log: ['GET /a', 'GET /b', 'PATCH /c'],
      max: 100,
    });
    calls.reset();
    expect(calls).toMatchObject({ total: 0, byKind: {}, log: [] });
  });
});
