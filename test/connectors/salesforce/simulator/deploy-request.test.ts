import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { strToU8, zipSync } from 'fflate';
import type { Connection } from 'jsforce';
import {
  type Simulator,
  startSalesforceSimulator,
} from '../../../../connectors/salesforce/simulator/server.ts';
import { clientOf } from './http-client.ts';

/** The Metadata API, as jsforce speaks it, and byte by byte where its answers are read. */

let simulator: Simulator;
let connection: Connection;
beforeAll(async () => {
  simulator = await startSalesforceSimulator({ empty: true });
  connection = clientOf(simulator).connect();
  connection.metadata.pollInterval = 5;
});
afterAll(() => simulator.close());

const xml = (root: string, inside: string) =>
  `<?xml version="1.0" encoding="UTF-8"?><${root} xmlns="http://soap.sforce.com/2006/04/metadata">${inside}</${root}>`;
const manifest = (types: Record<string, string[]>) =>
  xml(
    'Package',
    Object.entries(types)
      .map(([name, members]) => {
        const listed = members.map((member) => `<members>${member}</members>`).join('');
        return `<types>${listed}<name>${name}</name></types>`;
      })
      .join(''),
  );
const zip = (files: Record<string, string>): Buffer =>
  Buffer.from(
    zipSync(Object.fromEntries(Object.entries(files).map(([path, text]) => [path, strToU8(text)]))),
  );
const field = (name: string, more = '<type>Text</type><length>20</length>') =>
  `<fields><fullName>${name}</fullName><label>${name}</label>${more}</fields>`;
const account = (...fields: string[]) => ({
  'objects/Account.object': xml('CustomObject', fields.map((name) => field(name)).join('')),
});
const fieldsOf = (object: string) =>
  (simulator.org.schema.object(object)?.fields ?? []).filter(({ custom }) => custom).map(({ name }) => name);

interface Answer {
  id: string;
  deployResult: {
    status: string;
    done: boolean;
    success: boolean;
    numberComponentErrors: number;
    details?: { componentFailures: Record<string, unknown>[]; componentSuccesses: Record<string, unknown>[] };
  };
}

/** Deploys as a client does, and answers what came of it. */
async function deployed(files: Record<string, string>, options: Record<string, unknown> = {}) {
  const { id } = (await connection.metadata.deployRest(zip(files), {
    ...{ rollbackOnError: true, singlePackage: true },
    ...options,
  })) as unknown as { id: string };
  const path = `/services/data/v67.0/metadata/deployRequest/${id}?includeDetails=true`;
  for (;;) {
    const { deployResult } = await connection.request<Answer>(path);
    if (deployResult.done) return deployResult;
  }
}

describe('a deployment over REST', () => {
  it('is pending first, and then tells each component', async () => {
    const answer = (await connection.metadata.deployRest(
      zip({ 'package.xml': manifest({ CustomField: ['Account.One__c'] }), ...account('One__c') }),
      { rollbackOnError: true },
    )) as unknown as Answer;
    expect(answer).toMatchObject({
      id: expect.stringMatching(/^0Af\w{15}$/),
      validatedDeployRequestId: null,
      deployOptions: { rollbackOnError: true, checkOnly: false },
      deployResult: { status: 'Pending', done: false, success: false },
    });
    const result = await connection.metadata.checkDeployStatus(answer.id, true);
    expect(result).toMatchObject({ id: answer.id, status: 'Succeeded', done: true, success: true });
    const { deployResult } = await connection.request<Answer>(
      `/services/data/v67.0/metadata/deployRequest/${answer.id}?includeDetails=true`,
    );
    expect(deployResult.details).toMatchObject({
      componentFailures: [],
      componentSuccesses: [
        {
          ...{ fullName: 'Account.One__c', componentType: 'CustomField', fileName: 'objects/Account.object' },
          ...{ created: true, changed: true, success: true },
        },
      ],
    });
    expect(fieldsOf('Account')).toEqual(['One__c']);
    const again = await deployed({
      'package.xml': manifest({ CustomField: ['Account.One__c'] }),
      ...account('One__c'),
    });
    expect(again.details?.componentSuccesses).toMatchObject([{ created: false, changed: true }]);
  });

  it('keeps nothing of it when a component fails, unless it may', async () => {
    const broken = `${field('Two__c')}${field('Bad__c', '<type>Text</type>')}`;
    const files = {
      'package.xml': manifest({ CustomField: ['Account.Two__c', 'Account.Bad__c'] }),
      'objects/Account.object': xml('CustomObject', broken),
    };
    const { status, details } = await deployed(files);
    expect([status, details?.componentFailures]).toEqual([
      'Failed',
      [
        expect.objectContaining({
          fullName: 'Account.Bad__c',
          problem: "Must specify 'length' for a CustomField of type Text",
          problemType: 'Error',
          success: false,
        }),
      ],
    ]);
    expect(fieldsOf('Account')).toEqual(['One__c']);
    expect(await deployed(files, { rollbackOnError: false })).toMatchObject({
      status: 'SucceededPartial',
      numberComponentErrors: 1,
    });
    expect(fieldsOf('Account')).toEqual(['One__c', 'Two__c']);
  });

  it.each([
    ['<type>Number</type><scale>2</scale>', "Must specify 'precision' for a CustomField of type Number"],
    ['<type>Number</type><precision>19</precision><scale>2</scale>', 'precision must be between 1 and 18'],
    ['<type>Number</type><precision>4</precision><scale>5</scale>', 'scale must be between 0 and precision'],
    ['<type>Text</type>', "Must specify 'length' for a CustomField of type Text"],
    ['<type>Text</type><length>300</length>', 'Invalid length: a CustomField of type Text has 1 to 255'],
    [
      '<type>LongTextArea</type><length>300</length>',
      "Must specify 'visibleLines' for a CustomField of type LongTextArea",
    ],
    ['<type>Picklist</type>', "Must specify 'valueSet' for a CustomField of type Picklist"],
    ['<type>Date</type><length>20</length>', "Can not specify 'length' for a CustomField of type Date"],
    [
      '<type>Checkbox</type><externalId>true</externalId>',
      "Can not specify 'externalId' for a CustomField of type Checkbox",
    ],
    ['<type>Phone</type><unique>true</unique>', "Can not specify 'unique' for a CustomField of type Phone"],
    ['<type>Lookup</type>', "Must specify 'referenceTo' for a CustomField of type Lookup"],
  ])('refuses a field with attributes that do not fit its type: %s', async (more, problem) => {
    const files = {
      'package.xml': manifest({ CustomField: ['Account.Odd__c'] }),
      'objects/Account.object': xml('CustomObject', field('Odd__c', more)),
    };
    const { status, details } = await deployed(files);
    expect([status, details?.componentFailures[0]?.problem]).toEqual(['Failed', problem]);
  });

  it('refuses an object that does not say all of itself, a right that there is not, and an option that there is not', async () => {
    const problemOf = async (type: string, name: string, path: string, file: string) => {
      const { details } = await deployed({ 'package.xml': manifest({ [type]: [name] }), [path]: file });
      return details?.componentFailures[0]?.problem;
    };
    const object = xml('CustomObject', '<label>Half</label><pluralLabel>Halves</pluralLabel>');
    expect(await problemOf('CustomObject', 'Half__c', 'objects/Half__c.object', object)).toBe(
      'Must specify a non-empty nameField for the CustomObject',
    );
    const right = '<userPermissions><enabled>true</enabled><name>ViewSetUp</name></userPermissions>';
    const set = xml('PermissionSet', `<label>Odd</label>${right}`);
    expect(await problemOf('PermissionSet', 'Odd', 'permissionsets/Odd.permissionset', set)).toBe(
      'Unknown user permission: ViewSetUp',
    );
    const files = { 'package.xml': manifest({}) };
    await expect(deployed(files, { checkonly: true })).rejects.toThrow('Unrecognized field "checkonly"');
    await expect(deployed(files, { testLevel: 'None' })).rejects.toThrow('testLevel: "None" is no value');
  });

  it('changes nothing when it only checks', async () => {
    const whole =
      '<label>Trial</label><pluralLabel>Trials</pluralLabel><nameField><label>Name</label><type>Text</type></nameField><deploymentStatus>Deployed</deploymentStatus><sharingModel>Read</sharingModel>';
    const file = xml('CustomObject', `${whole}${field('Kind__c')}`);
    const files = {
      'package.xml': manifest({ CustomObject: ['Trial__c'], CustomField: ['Trial__c.Kind__c'] }),
      'objects/Trial__c.object': file,
    };
    expect(await deployed(files, { checkOnly: true })).toMatchObject({ status: 'Succeeded', success: true });
    expect(simulator.org.schema.object('Trial__c')).toBeUndefined();
    expect(await deployed(files)).toMatchObject({ status: 'Succeeded' });
    expect(fieldsOf('Trial__c')).toEqual(['Kind__c']);
  });

  it.each([
    ['no manifest', account('Three__c'), 'No package.xml found'],
    [
      'a name without a file',
      { 'package.xml': manifest({ CustomField: ['Account.Three__c'] }) },
      "An object 'Account.Three__c' of type CustomField was named in package.xml, but was not found in zipped directory",
    ],
    ['a file without a name', { 'package.xml': manifest({}), ...account('Three__c') }, 'Not in package.xml'],
    [
      'an unknown type',
      { 'package.xml': manifest({ Fields: ['Account.Three__c'] }) },
      "Unknown type name 'Fields' specified in package.xml",
    ],
  ])('fails for %s', async (_, files, problem) => {
    const { status, details } = await deployed(files as Record<string, string>);
    expect([status, details?.componentFailures.map((each) => each.problem)]).toEqual(['Failed', [problem]]);
  });

  it('can be cancelled while it waits, and is listed among the deployments', async () => {
    const release = simulator.deployments.hold();
    const files = { 'package.xml': manifest({ CustomField: ['Account.Late__c'] }), ...account('Late__c') };
    const { id } = (await connection.metadata.deployRest(zip(files))) as unknown as Answer;
    const waiting = `SELECT Id FROM DeployRequest WHERE Status = 'Pending'`;
    expect((await connection.tooling.query(waiting)).records).toMatchObject([{ Id: id }]);
    const cancelled = await connection.request<Answer>({
      ...{ method: 'PATCH', url: `/services/data/v67.0/metadata/deployRequest/${id}` },
      body: JSON.stringify({ deployResult: { status: 'Canceling' } }),
      headers: { 'content-type': 'application/json' },
    });
    expect(cancelled.deployResult).toMatchObject({
      status: 'Canceled',
      done: true,
      canceledByName: 'Ada Admin',
    });
    release();
    expect((await connection.tooling.query(waiting)).records).toEqual([]);
    expect(fieldsOf('Account')).not.toContain('Late__c');
  });

  it('is refused to whoever may not use it, and without its parts', async () => {
    const other = clientOf(simulator).connect(simulator.users.integration);
    const files = { 'package.xml': manifest({}) };
    await expect(Promise.resolve(other.metadata.deployRest(zip(files)))).rejects.toMatchObject({
      errorCode: 'INSUFFICIENT_ACCESS',
    });
    await expect(other.metadata.read('CustomField', ['Account.One__c'])).rejects.toThrow(
      /requires a user with the ModifyAllData or ModifyMetadata permissions/,
    );
    const url = '/services/data/v67.0/metadata/deployRequest';
    const headers = { 'content-type': 'multipart/form-data; boundary=b' };
    const body = '--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nx\r\n--b--\r\n';
    await expect(connection.request({ method: 'POST', url, headers, body })).rejects.toMatchObject({
      errorCode: 'INVALID_MULTIPART_REQUEST',
    });
    await expect(connection.request(`${url}/0Af000000000001AAA`)).rejects.toMatchObject({
      errorCode: 'NOT_FOUND',
    });
  });
});

describe('components over SOAP', () => {
  it('are read as they were deployed, and what is not there is not', async () => {
    const values = '<value><fullName>a</fullName><default>false</default><label>A</label></value>';
    const set = `<type>Picklist</type><valueSet><restricted>true</restricted><valueSetDefinition><sorted>false</sorted>${values}</valueSetDefinition></valueSet>`;
    const files = {
      'package.xml': manifest({ CustomField: ['Account.Pick__c'] }),
      'objects/Account.object': xml('CustomObject', field('Pick__c', set)),
    };
    const job = connection.metadata.deploy(zip(files).toString('base64'), { rollbackOnError: true });
    expect(await job.complete()).toMatchObject({ status: 'Succeeded', success: true });
    const [read, absent] = await connection.metadata.read('CustomField', [
      'Account.Pick__c',
      'Account.No__c',
    ]);
    expect(read).toMatchObject({
      ...{ fullName: 'Account.Pick__c', label: 'Pick__c', type: 'Picklist' },
      valueSet: { restricted: true, valueSetDefinition: { value: [{ fullName: 'a', label: 'A' }] } },
    });
    expect(absent?.fullName ?? null).toBeNull();
    const listed = await connection.metadata.list({ type: 'CustomField' });
    expect(listed.find(({ fullName }) => fullName === 'Account.One__c')).toMatchObject({
      ...{ fileName: 'objects/Account.object', type: 'CustomField', lastModifiedByName: 'Ada Admin' },
      ...{ manageableState: 'unmanaged', lastModifiedDate: expect.stringMatching(/^20\d\d-.*Z$/) },
    });
    const names = listed.map(({ fullName }) => fullName);
    expect(names).toEqual(expect.arrayContaining(['Account.One__c', 'Account.Pick__c']));
    const eleven = Array.from({ length: 11 }, (_, index) => `Account.F${index}__c`);
    await expect(connection.metadata.read('CustomField', eleven)).rejects.toThrow(/LIMIT_EXCEEDED/);
  });
});
