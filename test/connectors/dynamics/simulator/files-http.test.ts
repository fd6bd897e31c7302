import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DynamicsWebApi } from 'dynamics-web-api';
import { type Answer, type SignedIn, startSignedIn } from './client.ts';

/** https://learn.microsoft.com/power-apps/developer/data-platform/file-column-data */
let at: SignedIn;
let account: string;
const column = 'sample_filecolumn';
const attributes = "EntityDefinitions(LogicalName='account')/Attributes";

beforeAll(async () => {
  at = await startSignedIn();
  [account = ''] = at.simulator.org.create('account', [{ name: 'Contoso' }]);
  const made = await at.send('POST', attributes, {
    '@odata.type': 'Microsoft.Dynamics.CRM.FileAttributeMetadata',
    SchemaName: 'sample_FileColumn',
    DisplayName: { LocalizedLabels: [{ Label: 'File', LanguageCode: 1033 }] },
    MaxSizeInKB: 100,
  });
  expect(made.status).toBe(204);
});
afterAll(async () => await at.close());

const place = () => `accounts(${account})/${column}`;
const octets = 'application/octet-stream';
const put = async (text: string, headers: Record<string, string>, path = place()) =>
  await at.send('PATCH', path, text, { 'Content-Type': octets, ...headers });
const row = async (): Promise<Answer> =>
  await at.send('GET', `accounts(${account})?$select=name,${column},${column}_name`);

describe('files of a row', () => {
  it('are told of in the metadata', async () => {
    const { body } = await at.send(
      'GET',
      `${attributes}(LogicalName='${column}')/Microsoft.Dynamics.CRM.FileAttributeMetadata?$select=MaxSizeInKB`,
    );
    expect(body.MaxSizeInKB).toBe(100);
    const plain = await at.send(
      'GET',
      `${attributes}(LogicalName='${column}')?$select=AttributeType,AttributeTypeName`,
    );
    expect(plain.body).toMatchObject({ AttributeType: 'Virtual', AttributeTypeName: { Value: 'FileType' } });
  });

  it('come and go in single requests, bytes as they are', async () => {
    const bytes = Buffer.from([0, 255, 128, 13, 10, 195]);
    const token = at.simulator.tokens.issue(at.simulator.org.admin.userId);
    const headers = {
      Authorization: `Bearer ${token}`,
      'Content-Type': octets,
      'x-ms-file-name': 'four.txt',
    };
    const address = `${at.simulator.url}/api/data/v9.2/${place()}`;
    const sent = await fetch(address, { method: 'PATCH', headers, body: bytes });
    expect(sent.status).toBe(204);
    const { body } = await row();
    expect(body).toMatchObject({
      name: 'Contoso',
      [column]: expect.stringMatching(/^[0-9a-f-]{36}$/),
      [`${column}_name`]: 'four.txt',
    });
    const got = await fetch(`${address}/$value`, { headers: { Authorization: headers.Authorization } });
    expect([
      got.status,
      got.headers.get('x-ms-file-size'),
      got.headers.get('x-ms-file-name'),
      got.headers.get('mimetype'),
    ]).toEqual([200, '6', 'four.txt', 'text/plain']);
    expect(Buffer.from(await got.arrayBuffer())).toEqual(bytes);
    expect((await at.send('DELETE', place())).status).toBe(204);
    expect((await row()).body).toMatchObject({ [column]: null, [`${column}_name`]: null });
    expect((await at.send('GET', `${place()}/$value`)).status).toBe(204);
  });

  it('come and go in parts', async () => {
    const begun = await at.send(
      'PATCH',
      `${place()}?x-ms-file-name=${encodeURIComponent('Prüfung.txt')}`,
      undefined,
      {
        'x-ms-transfer-mode': 'chunked',
      },
    );
    expect([begun.status, begun.headers.get('x-ms-chunk-size'), begun.headers.get('accept-ranges')]).toEqual([
      200,
      '4194304',
      'bytes',
    ]);
    const location = begun.headers.get('location') ?? '';
    const first = await put('abcd', { 'Content-Range': 'bytes 0-3/6' }, location);
    const last = await put('ef', { 'Content-Range': 'bytes 4-5/6' }, location);
    expect([first.status, last.status]).toEqual([206, 204]);
    const part = await at.send('GET', `${place()}/$value`, undefined, { Range: 'bytes=2-4' });
    expect([part.status, part.body, part.headers.get('x-ms-file-size')]).toEqual([206, 'cde', '6']);
    expect((await row()).body[`${column}_name`]).toBe('Prüfung.txt');
    expect((await put('x', { 'Content-Range': 'bytes 0-0/1' }, location)).status).toBe(400);
  });

  it('come and go in blocks, by messages', async () => {
    const Target = { accountid: account, '@odata.type': 'Microsoft.Dynamics.CRM.account' };
    const begun = await at.send('POST', 'InitializeFileBlocksUpload', {
      Target,
      FileName: 'a.pdf',
      FileAttributeName: column,
    });
    const { FileContinuationToken } = begun.body;
    for (const text of ['one', 'two']) {
      const block = {
        BlockId: Buffer.from(text).toString('base64'),
        BlockData: Buffer.from(text).toString('base64'),
      };
      expect((await at.send('POST', 'UploadBlock', { ...block, FileContinuationToken })).status).toBe(204);
    }
    const BlockList = ['one', 'two'].map((text) => Buffer.from(text).toString('base64'));
    const done = await at.send('POST', 'CommitFileBlocksUpload', {
      FileName: 'a.pdf',
      MimeType: 'application/pdf',
      BlockList,
      FileContinuationToken,
    });
    expect(done.body).toMatchObject({ FileId: (await row()).body[column], FileSizeInBytes: 6 });
    const opened = await at.send('POST', 'InitializeFileBlocksDownload', {
      Target,
      FileAttributeName: column,
    });
    expect(opened.body).toMatchObject({ FileSizeInBytes: 6, FileName: 'a.pdf', IsChunkingSupported: true });
    const read = await at.send('POST', 'DownloadBlock', {
      Offset: 3,
      BlockLength: 10,
      FileContinuationToken: opened.body.FileContinuationToken,
    });
    expect(Buffer.from(read.body.Data, 'base64').toString()).toBe('two');
    expect((await at.send('POST', 'DeleteFile', { FileId: done.body.FileId })).status).toBe(204);
    expect((await row()).body[column]).toBeNull();
  });

  it('come and go as dynamics-web-api sends them', async () => {
    const token = at.simulator.tokens.issue(at.simulator.org.admin.userId);
    const client = new DynamicsWebApi({
      serverUrl: at.simulator.url,
      dataApi: { version: '9.2' },
      onTokenRefresh: async () => token,
    });
    const file = { collection: 'accounts', key: account };
    await client.uploadFile({
      ...file,
      fieldName: column,
      fileName: 'x.txt',
      data: Buffer.from('by client'),
    });
    const got = await client.downloadFile({ ...file, property: column });
    expect([got.fileName, got.fileSize, Buffer.from(got.data as Uint8Array).toString()]).toEqual([
      'x.txt',
      9,
      'by client',
    ]);
  });

  it.each([
    ['too large a file', 'x'.repeat(100 * 1024 + 1), { 'x-ms-file-name': 'a' }, '0x80044a02'],
    ['a file without a name', 'x', {}, '0x80040203'],
    [
      'content that is no file',
      '{}',
      { 'x-ms-file-name': 'a', 'Content-Type': 'application/json' },
      '0x80040203',
    ],
  ])('are refused for %s', async (_what, text, headers, code) => {
    const { status, body } = await put(text, headers as Record<string, string>);
    expect([status, body.error.code]).toEqual([400, code]);
  });
});
