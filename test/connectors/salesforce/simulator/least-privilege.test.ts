import { readFileSync } from 'node:fs';
import { get } from 'node:https';
import { describe, expect, it } from '@jest/globals';
import jsforce from 'jsforce';
import { deploySource } from '../../../../connectors/salesforce/simulator/deploy/source.ts';
import { startSalesforceSimulator } from '../../../../connectors/salesforce/simulator/server.ts';
import { field, permissionSet, sourceFolder } from './source-folder.ts';

describe('a connected app that runs as the integration user', () => {
  it('sees nothing at first, and after a deployment exactly what its permission set grants', async () => {
    const simulator = await startSalesforceSimulator({ runAs: 'integration' });
    const connection = new jsforce.Connection({
      instanceUrl: simulator.url,
      version: '67.0',
      oauth2: new jsforce.OAuth2({ loginUrl: simulator.url, ...simulator.clientCredentials }),
    });
    await connection.authorize({ grant_type: 'client_credentials' });
    await expect(connection.query('SELECT Id FROM Account')).rejects.toMatchObject({
      errorCode: 'INVALID_TYPE',
    });
    deploySource(
      simulator.org,
      sourceFolder({
        'objects/Account/fields/Tier__c.field-meta.xml': field('Tier__c', 'Text', '<length>20</length>'),
        'permissionsets/Sync.permissionset-meta.xml': permissionSet(
          ['Account:REDVM'],
          ['Account.Tier__c:rw', 'Account.Phone:r'],
        ),
      }),
      { assignTo: [simulator.users.integration] },
    );
    expect((await connection.query('SELECT Id, Name, Phone, Tier__c FROM Account')).totalSize).toBe(84);
    await expect(connection.query('SELECT Website FROM Account')).rejects.toMatchObject({
      errorCode: 'INVALID_FIELD',
    });
    const id = String(simulator.sample?.partnerIds[0]);
    await connection.sobject('Account').update({ Id: id, Tier__c: 'gold' });
    expect(simulator.org.find(id)?.row.Tier__c).toBe('gold');
    await expect(connection.sobject('Account').update({ Id: id, Phone: '1' })).rejects.toMatchObject({
      errorCode: 'INVALID_FIELD_FOR_INSERT_UPDATE',
    });
    await simulator.close();
  });
});

describe('TLS', () => {
  it('serves https, with an address that says so', async () => {
    const fixture = (name: string) => readFileSync(new URL(`./fixtures/${name}.pem`, import.meta.url));
    const simulator = await startSalesforceSimulator({
      tls: { key: fixture('localhost-key'), cert: fixture('localhost-cert') },
      empty: true,
    });
    const text = await new Promise<string>((resolve, reject) => {
      get(`${simulator.url}/services/data`, { rejectUnauthorized: false }, (response) => {
        let body = '';
        response.on('data', (part) => {
          body += part;
        });
        response.on('end', () => resolve(body));
      }).on('error', reject);
    });
    await simulator.close();
    expect(simulator.url).toMatch(/^https:\/\/127\.0\.0\.1:/);
    expect(JSON.parse(text)).toHaveLength(38);
  });
});
