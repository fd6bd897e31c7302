import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { strFromU8, unzipSync } from 'fflate';
import type { Connection } from 'jsforce';
import {
  type Simulator,
  startSalesforceSimulator,
} from '../../../../connectors/salesforce/simulator/server.ts';
import { clientOf } from './http-client.ts';

/** Components that jsforce makes and changes one by one, and fetches as files. */

let simulator: Simulator;
let connection: Connection;
beforeAll(async () => {
  simulator = await startSalesforceSimulator({ empty: true });
  connection = clientOf(simulator).connect();
  connection.metadata.pollInterval = 5;
});
afterAll(() => simulator.close());

const text = (name: string, more: Record<string, unknown> = {}) => ({
  ...{ fullName: `Account.${name}`, label: name, type: 'Text', length: 20 },
  ...more,
});
const object = {
  ...{ fullName: 'Thing__c', label: 'Thing', pluralLabel: 'Things', deploymentStatus: 'Deployed' },
  ...{ sharingModel: 'ReadWrite', nameField: { type: 'Text', label: 'Name' } },
};

it('are made, and refused one by one where they cannot be', async () => {
  const [made, lacking, nowhere] = await connection.metadata.create('CustomField', [
    text('Made__c'),
    { fullName: 'Account.Short__c', label: 'Short', type: 'Text' },
    { ...text('Lost__c'), fullName: 'Gone__c.Lost__c' },
  ]);
  expect(made).toEqual({ errors: [], fullName: 'Account.Made__c', success: true });
  expect(lacking).toMatchObject({
    errors: [
      {
        message: "Must specify 'length' for a CustomField of type Text",
        statusCode: 'FIELD_INTEGRITY_EXCEPTION',
      },
    ],
    success: false,
  });
  expect(nowhere).toMatchObject({ errors: [{ statusCode: 'INVALID_CROSS_REFERENCE_KEY' }], success: false });
  expect(await connection.metadata.create('CustomField', text('Made__c'))).toMatchObject({
    errors: [{ statusCode: 'DUPLICATE_DEVELOPER_NAME' }],
    success: false,
  });
  expect(await connection.metadata.create('CustomObject', object)).toMatchObject({ success: true });
  expect(simulator.org.schema.object('Thing__c')?.label).toBe('Thing');
});

it('are changed, or made where they are not there', async () => {
  expect(await connection.metadata.update('CustomField', text('No__c'))).toMatchObject({
    errors: [{ statusCode: 'INVALID_CROSS_REFERENCE_KEY' }],
    success: false,
  });
  const wide = text('Made__c', { length: 40 });
  expect(await connection.metadata.update('CustomField', wide)).toMatchObject({ success: true });
  expect(await connection.metadata.read('CustomField', 'Account.Made__c')).toMatchObject({ length: 40 });
  const upserted = await connection.metadata.upsert('CustomField', [wide, text('New__c')]);
  expect(upserted.map(({ created, success }) => [created, success])).toEqual([
    [false, true],
    [true, true],
  ]);
});

it('are refused in a heap, by a type that there is not, and to whoever may not deploy', async () => {
  const eleven = Array.from({ length: 11 }, (_, index) => text(`F${index}__c`));
  await expect(connection.metadata.upsert('CustomField', eleven)).rejects.toThrow(/LIMIT_EXCEEDED/);
  await expect(connection.metadata.upsert('Nothing', text('A__c'))).rejects.toThrow(/INVALID_TYPE/);
  const other = clientOf(simulator).connect(simulator.users.integration);
  await expect(other.metadata.create('CustomField', text('B__c'))).rejects.toThrow(/INSUFFICIENT_ACCESS/);
});

it('are of the types that are told', async () => {
  const { metadataObjects, organizationNamespace } = await connection.metadata.describe();
  expect(organizationNamespace ?? '').toBe('');
  expect(metadataObjects.find(({ xmlName }) => xmlName === 'CustomObject')).toMatchObject({
    ...{ directoryName: 'objects', suffix: 'object', inFolder: false, metaFile: false },
    childXmlNames: ['CustomField', 'RecordType'],
  });
  expect(metadataObjects.map(({ xmlName }) => xmlName)).toContain('PermissionSet');
});

it('come as files, which are deployed again as they are', async () => {
  const request = {
    apiVersion: '67.0',
    singlePackage: true,
    unpackaged: {
      types: [
        { name: 'CustomField', members: ['Account.Made__c', 'Account.No__c'] },
        { name: 'CustomObject', members: ['*'] },
      ],
      version: '67.0',
    },
  };
  // Typed by jsforce without what is in a package.
  const job = connection.metadata.retrieve(request as never);
  const result = await job.complete();
  expect(result).toMatchObject({ success: true, status: 'Succeeded' });
  expect([result.messages].flat()).toMatchObject([
    { problem: "Entity of type 'CustomField' named 'Account.No__c' cannot be found" },
  ]);
  expect(result.fileProperties.map(({ fileName, fullName }) => [fileName, fullName])).toEqual([
    ['objects/Account.object', 'Account.Made__c'],
    ['objects/Thing__c.object', 'Thing__c'],
  ]);
  const zip = Buffer.from(result.zipFile, 'base64');
  const files = unzipSync(zip);
  const account = strFromU8(files['objects/Account.object']!);
  expect(account).toContain('<fullName>Made__c</fullName>');
  expect(account).not.toContain('New__c');
  expect(strFromU8(files['package.xml']!)).toContain('<version>67.0</version>');
  await connection.metadata.update('CustomField', text('Made__c', { length: 80 }));
  const { id } = (await connection.metadata.deployRest(zip, {
    ...{ rollbackOnError: true, singlePackage: true },
  })) as unknown as { id: string };
  const ended = await connection.metadata.checkDeployStatus(id, true);
  expect(ended).toMatchObject({ status: 'Succeeded', numberComponentErrors: 0 });
  expect(await connection.metadata.read('CustomField', 'Account.Made__c')).toMatchObject({ length: 40 });
});
