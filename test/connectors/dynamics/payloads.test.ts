import { describe, expect, it } from '@jest/globals';
import { type BatchOperation, batchBody, readBatch } from '../../../connectors/dynamics/batch.ts';
import { idAddress, isAddressable, isPlain, keyAddress } from '../../../connectors/dynamics/key-address.ts';
import type { Column } from '../../../connectors/dynamics/metadata.ts';
import { exactNumber, payloadJson } from '../../../connectors/dynamics/payload-json.ts';
import { readBatch as readAsPlatform } from '../../../connectors/dynamics/simulator/multipart.ts';
import { parseResource } from '../../../connectors/dynamics/simulator/odata/parse.ts';
import { payloadValue } from '../../../connectors/dynamics/values-out.ts';
import type { CrmValue } from '../../../src/sync/connector.ts';
import { fc } from '../../services/fast-check.ts';

const column = (type: Column['type'], more: Partial<Column> = {}): Column => ({
  name: 'tl_column',
  metadataId: '',
  label: '',
  type,
  vendorType: '',
  required: false,
  creatable: true,
  updatable: true,
  readable: true,
  secured: false,
  calculated: false,
  maxLength: null,
  scale: null,
  targets: [],
  options: null,
  isLocalDay: false,
  isDayOfInstant: false,
  sharedChoice: null,
  ...more,
});
const berlin = (day: string) => `${day}T22:00:00Z`;
const options = [1, 2].map((value) => ({ value, label: `Label ${value}` }));

describe('values on their way to Dynamics', () => {
  it('writes a day as the midnight that its column keeps, of the zone or of none', () => {
    const kept = (more: Partial<Column>) => payloadValue(column('date', more), '2026-03-31', berlin);
    expect(kept({ isLocalDay: true })).toBe('2026-03-31T22:00:00Z');
    expect(kept({ isDayOfInstant: true })).toBe('2026-03-31T00:00:00Z');
    expect(kept({})).toBe('2026-03-31');
  });

  it.each<[Column['type'], CrmValue, unknown]>([
    ['text', 'a', 'a'],
    ['text', 7, '7'],
    ['text', '', null],
    ['longText', null, null],
    ['integer', '12', 12],
    ['boolean', 'true', true],
    ['boolean', false, false],
    ['date', '2026-03-31', '2026-03-31'],
    ['instant', '2026-03-31T22:15:30.500Z', '2026-03-31T22:15:30Z'],
    ['instant', '2026-03-31T22:15:30+02:00', '2026-03-31T20:15:30Z'],
    ['decimal', '007.50', exactNumber('7.50')],
    ['money', '922337203685477.5807', exactNumber('922337203685477.5807')],
    ['money', -3, exactNumber('-3')],
  ])('%s %j goes as %j', (type, value, sent) => {
    expect(payloadValue(column(type), value, berlin)).toEqual(sent);
  });

  it('a choice goes by its value, several by values and commas', () => {
    expect(payloadValue(column('choice', { options }), '2', berlin)).toBe(2);
    expect(payloadValue(column('multiChoice', { options }), '1;2', berlin)).toBe('1,2');
  });

  it('a day goes as the instant at which it begins where the column keeps it so', () => {
    expect(payloadValue(column('date', { isLocalDay: true }), '2026-03-31', berlin)).toBe(
      '2026-03-31T22:00:00Z',
    );
  });

  it.each<[Partial<Column> & Pick<Column, 'type'>, CrmValue, string]>([
    [{ type: 'text', maxLength: 3 }, 'abcd', 'CRM_TOO_LONG'],
    [{ type: 'integer' }, '1.5', 'CRM_BAD_VALUE'],
    [{ type: 'integer' }, true, 'CRM_BAD_VALUE'],
    [{ type: 'money' }, '1e3', 'CRM_BAD_VALUE'],
    [{ type: 'money' }, '1,5', 'CRM_BAD_VALUE'],
    [{ type: 'boolean' }, 'maybe', 'CRM_BAD_VALUE'],
    [{ type: 'date' }, '2026-02-31x', 'CRM_BAD_VALUE'],
    [{ type: 'instant' }, 'yesterday', 'CRM_BAD_VALUE'],
    [{ type: 'choice', options }, 3, 'CRM_PICKLIST'],
    [{ type: 'choice', options }, '1.0', 'CRM_PICKLIST'],
    [{ type: 'multiChoice', options }, '1,x', 'CRM_PICKLIST'],
  ])('%j refuses %j', (given, value, code) => {
    const refuse = () => payloadValue(column(given.type, given), value, berlin);
    expect(refuse).toThrow(expect.objectContaining({ code }));
    expect(refuse).toThrow(
      expect.objectContaining({ data: expect.objectContaining({ field: 'tl_column' }) }),
    );
  });
});

describe('payloads', () => {
  it('keep every digit of a number, and every text', () => {
    const money = exactNumber('922337203685477.5807');
    expect(payloadJson({ a: money, b: null, c: undefined, d: [money] })).toBe(
      '{"a":922337203685477.5807,"b":null,"d":[922337203685477.5807]}',
    );
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const json = payloadJson(value);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(json).not.toMatch(/[^\u0020-\u007e]/);
      }),
    );
  });
});

describe('addresses by key', () => {
  it('name exactly the value, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (value) => {
        fc.pre(isAddressable(value));
        const address = keyAddress('accounts', { column: 'tl_key', kind: 'text', value });
        expect(address).not.toMatch(/[\s/?#&]/);
        const [segment] = parseResource(decodeURIComponent(address));
        expect(segment).toEqual({ name: 'accounts', arguments: { tl_key: { kind: 'string', value } } });
      }),
    );
  });

  it.each(['a/b', '<', '>', '*', '%', '&', ':', '\\', '?', '+', '#', '', 'a\nb'])(
    'are not made of %j',
    (value) => {
      expect([isAddressable(value), isPlain(value)]).toEqual([false, false]);
    },
  );

  it('are the same in a body only for values without anything to encode', () => {
    expect(['A-1', '0190_x.y~', 'a b', 'é', "o'n", 'a,b'].map(isPlain)).toEqual([
      true,
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  it('take no id that is none, and no number that is none', () => {
    expect(() => idAddress('accounts', "x') or (1 eq 1")).toThrow(
      expect.objectContaining({ code: 'CRM_REFERENCE' }),
    );
    const part = { column: 'tl_number', kind: 'bare' as const, value: '1)/x(' };
    expect(() => keyAddress('accounts', part)).toThrow(expect.objectContaining({ code: 'CRM_BAD_VALUE' }));
    expect(keyAddress('accounts', { ...part, value: '12' })).toBe('accounts(tl_number=12)');
    const id = '00000000-0000-4000-8000-00000000000A';
    expect(keyAddress('accounts', { column: 'ownerid', kind: 'lookup', value: id })).toBe(
      `accounts(_ownerid_value=${id})`,
    );
  });
});

describe('batches', () => {
  const root = 'https://contoso.example/api/data/v9.2';
  const patch: BatchOperation = {
    method: 'PATCH',
    path: 'accounts(1)',
    headers: { 'If-Match': '*' },
    body: {},
  };

  it('are read by the platform as they were meant, whatever the texts hold', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), (texts) => {
        const operations = texts.map((text): BatchOperation => ({ ...patch, body: { name: text } }));
        const read = readAsPlatform(batchBody([operations, [patch]], { root, boundary: 'b' }), 'b');
        const [first] = read;
        const requests =
          first?.kind === 'changeSet' ? first.requests : first === undefined ? [] : [first.request];
        expect(requests.map(({ body }) => JSON.parse(body).name)).toEqual(texts);
        expect(requests[0]).toMatchObject({ method: 'PATCH', url: `${root}/accounts(1)` });
        expect(requests[0]?.headers['if-match']).toBe('*');
      }),
    );
  });

  it('answer part by part, as the documentation prints it', () => {
    const text = [
      '--batchresponse_z',
      'Content-Type: application/http',
      'Content-Transfer-Encoding: binary',
      '',
      'HTTP/1.1 204 No Content',
      'OData-Version: 4.0',
      `OData-EntityId: ${root}/tasks(1)`,
      '',
      '',
      '--batchresponse_z',
      'Content-Type: multipart/mixed; boundary=changesetresponse_w',
      '',
      '--changesetresponse_w',
      'Content-Type: application/http',
      'Content-ID: 1',
      '',
      'HTTP/1.1 201 Created',
      'Content-Type: application/json',
      '',
      '{"accountid":"1"}',
      '--changesetresponse_w',
      'Content-Type: application/http',
      'Content-ID: 2',
      '',
      'HTTP/1.1 204 No Content',
      '',
      '',
      '--changesetresponse_w--',
      '--batchresponse_z',
      'Content-Type: application/http',
      '',
      'HTTP/1.1 429 Unknown',
      'Retry-After: 5',
      '',
      '{"error":{"code":"0x80072322","message":"too many"}}',
      '--batchresponse_z--',
      '',
    ];
    for (const end of ['\r\n', '\n']) {
      const answers = readBatch('multipart/mixed; boundary="batchresponse_z"', text.join(end));
      expect(answers.map((part) => part.map(({ status }) => status))).toEqual([[204], [201, 204], [429]]);
      expect(answers[0]?.[0]?.headers['odata-entityid']).toBe(`${root}/tasks(1)`);
      expect(answers[1]?.[0]?.body).toBe('{"accountid":"1"}');
      expect(answers[2]?.[0]).toMatchObject({ headers: { 'retry-after': '5' } });
    }
    expect(readBatch('text/plain', 'no batch')).toEqual([]);
  });
});
