import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import {
  type Simulator,
  startSalesforceSimulator,
} from '../../../../connectors/salesforce/simulator/server.ts';
import { BASE, clientOf, until } from './http-client.ts';

const ROOT = `${BASE}/jobs/query`;

let simulator: Simulator;
let client: ReturnType<typeof clientOf>;

beforeAll(async () => {
  simulator = await startSalesforceSimulator({ empty: true, now: Date.parse('2026-11-23T09:00:00Z') });
  client = clientOf(simulator);
  simulator.org.clock.freeze();
  const accounts = Array.from({ length: 25 }, (_, i) => ({
    Name: `A${String(i).padStart(2, '0')}`,
    AnnualRevenue: i * 100,
    NumberOfEmployees: i,
  }));
  const [first] = simulator.org.bulkLoad('Account', accounts);
  simulator.org.insert('Contact', [
    { LastName: 'Doe "the, quoted"\nlines', AccountId: first },
    { LastName: 'Zed' },
  ]);
});
afterAll(() => simulator.close());

const create = (query: string, body: Record<string, unknown> = {}) =>
  client.call(ROOT, { method: 'POST', body: { operation: 'query', query, ...body } });
const poll = (id: string) => client.call(`${ROOT}/${id}`);

async function run(query: string, body: Record<string, unknown> = {}): Promise<string> {
  const { id } = (await create(query, body)).json;
  await until(
    () => poll(id),
    (answer) => answer.json.state === 'JobComplete',
  );
  return id;
}

describe('a query job', () => {
  it('goes to completion and answers CSV with every cell quoted', async () => {
    const created = await create(
      'SELECT Name, IsDeleted, AnnualRevenue, NumberOfEmployees, CreatedDate, Phone FROM Account ORDER BY Name LIMIT 2',
    );
    expect(created).toMatchObject({
      status: 200,
      json: { id: expect.stringMatching(/^750/), object: 'Account', state: 'UploadComplete', apiVersion: 67 },
    });
    const { id } = created.json;
    const done = await until(
      () => poll(id),
      (answer) => answer.json.state === 'JobComplete',
    );
    expect(done.json).toMatchObject({ jobType: 'V2Query', numberRecordsProcessed: 2 });
    const answer = await client.call(`${ROOT}/${id}/results`);
    expect(answer.headers.get('content-type')).toContain('text/csv');
    expect(answer.headers.get('sforce-locator')).toBe('null');
    expect(answer.headers.get('sforce-numberofrecords')).toBe('2');
    expect(answer.text).toBe(
      '"Name","IsDeleted","AnnualRevenue","NumberOfEmployees","CreatedDate","Phone"\n' +
        '"A00","false","0.0","0","2026-11-23T09:00:00.000Z",""\n' +
        '"A01","false","100.0","1","2026-11-23T09:00:00.000Z",""\n',
    );
  });

  it('hands out pages that repeat the header, by locator', async () => {
    const id = await run('SELECT Name FROM Account ORDER BY Name');
    const names: string[] = [];
    const sizes: Array<string | null> = [];
    let locator = '';
    do {
      const answer = await client.call(
        `${ROOT}/${id}/results?maxRecords=10${locator === '' ? '' : `&locator=${locator}`}`,
      );
      const [header, ...rows] = parse(answer.text) as string[][];
      expect(header).toEqual(['Name']);
      names.push(...rows.map((row) => String(row[0])));
      sizes.push(answer.headers.get('sforce-numberofrecords'));
      locator = String(answer.headers.get('sforce-locator'));
    } while (locator !== 'null');
    expect(sizes).toEqual(['10', '10', '5']);
    expect(names).toEqual(Array.from({ length: 25 }, (_, i) => `A${String(i).padStart(2, '0')}`));
    expect((await client.call(`${ROOT}/${id}/results?locator=nonsense`)).status).toBe(400);
  });

  it('writes parents as columns, quotes and lines as CSV does, in any dialect', async () => {
    const soql = 'SELECT LastName, account.name, Account.Owner.Username FROM Contact ORDER BY LastName';
    const id = await run(soql, { columnDelimiter: 'PIPE', lineEnding: 'CRLF' });
    const { text } = await client.call(`${ROOT}/${id}/results`);
    expect(parse(text, { delimiter: '|', record_delimiter: '\r\n' })).toEqual([
      ['LastName', 'Account.Name', 'Account.Owner.Username'],
      ['Doe "the, quoted"\nlines', 'A00', 'admin@sim.example'],
      ['Zed', '', ''],
    ]);
  });

  it('finds deleted rows with queryAll', async () => {
    const [gone] = simulator.org.insert('Account', [{ Name: 'Gone' }]);
    simulator.org.delete([String(gone?.id)]);
    const count = async (operation: string) => {
      const id = await run("SELECT Id FROM Account WHERE Name = 'Gone'", { operation });
      return (await poll(id)).json.numberRecordsProcessed;
    };
    expect([await count('query'), await count('queryAll')]).toEqual([0, 1]);
  });

  it('answers the header alone when nothing matches', async () => {
    const id = await run("SELECT Id FROM Account WHERE Name = 'Nobody'");
    const answer = await client.call(`${ROOT}/${id}/results`);
    expect([answer.text, answer.headers.get('sforce-numberofrecords')]).toEqual(['"Id"\n', '0']);
  });

  it('has no results while it runs, and can be aborted and deleted', async () => {
    const release = simulator.bulk.hold();
    const { id } = (await create('SELECT Id FROM Account')).json;
    expect((await client.call(`${ROOT}/${id}/results`)).status).toBe(412);
    expect((await client.call(`${ROOT}/${id}`, { method: 'DELETE' })).json[0].errorCode).toBe(
      'INVALIDJOBSTATE',
    );
    const aborted = await client.call(`${ROOT}/${id}`, { method: 'PATCH', body: { state: 'Aborted' } });
    expect(aborted.json.state).toBe('Aborted');
    release();
    expect((await client.call(`${ROOT}/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect((await poll(id)).status).toBe(404);
  });

  it('keeps to its API version', async () => {
    const id = await run('SELECT Id FROM Account');
    expect((await client.call(`/services/data/v66.0/jobs/query/${id}/results`)).status).toBe(409);
  });
});

describe('statements', () => {
  it.each([
    ['SELECT COUNT(Id) FROM Account', 'API_ERROR', 'Aggregate functions'],
    ['SELECT Name FROM Account GROUP BY Name', 'API_ERROR', 'GROUP BY'],
    [
      'SELECT Id, (SELECT Id FROM Contacts) FROM Account',
      'API_ERROR',
      'Aggregate Relationships not supported in Bulk Query',
    ],
    [
      'SELECT BillingAddress FROM Account',
      'API_ERROR',
      'Selecting compound data not supported in Bulk Query',
    ],
    ['SELECT FIELDS(CUSTOM) FROM Account LIMIT 200', 'MALFORMED_QUERY', 'unbounded set of fields'],
    ['SELECT Id FROM Account OFFSET 5', 'API_ERROR', 'OFFSET'],
    ['SELECT TYPEOF Owner WHEN User THEN Name END FROM Case', 'API_ERROR', 'TYPEOF'],
    ['SELECT Foo FROM Account', 'INVALID_FIELD', "No such column 'Foo'"],
    ['SELECT Id FROM Foo', 'INVALID_TYPE', "sObject type 'Foo' is not supported"],
    ['SELECT', 'MALFORMED_QUERY', 'unexpected token'],
  ])('are refused at once: %s', async (query, errorCode, message) => {
    expect(await create(query)).toMatchObject({
      status: 400,
      json: [{ errorCode, message: expect.stringContaining(message) }],
    });
  });
});

describe('jsforce', () => {
  it('reads records from a job', async () => {
    const stream = await client
      .connect()
      .bulk2.query('SELECT Name FROM Account', { pollInterval: 20, pollTimeout: 20_000 });
    expect(await stream.toArray()).toHaveLength(25);
  });
});
