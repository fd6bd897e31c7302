import { isTierlinkError } from '../../../src/errors.ts';
import type { Context } from '../context.ts';
import { childrenNamed, childText, elementText, type MetadataElement, readElement } from '../metadata-xml.ts';

/** Components that are asked for in one call, as the platform allows. */
const AT_ONCE = 10;

/** How the interface by which components are read wants its calls. */
const headers = { 'content-type': 'text/xml; charset=UTF-8', accept: 'text/xml', SOAPAction: '""' };

/**
 * Components of a type as they are in the org, by full name, whoever may see them; what is not there is left out.
 * Throws CRM_PERMISSION where the user may not read metadata.
 * https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_readMetadata.htm
 */
export async function readMetadata(
  context: Context,
  type: string,
  names: readonly string[],
): Promise<Map<string, MetadataElement>> {
  const found = new Map<string, MetadataElement>();
  for (let start = 0; start < names.length; start += AT_ONCE) {
    const some = names.slice(start, start + AT_ONCE);
    const result = await call(context, 'readMetadata', { type: [type], fullNames: [...some] });
    for (const record of result.flatMap((each) => childrenNamed(each, 'records'))) {
      const name = childText(record, 'fullName');
      if (name !== undefined) found.set(name, record);
    }
  }
  return found;
}

/**
 * Full names of all components of a type. Throws CRM_PERMISSION where the user may not read metadata.
 * https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_listmetadata.htm
 */
export async function listMetadata(context: Context, type: string): Promise<string[]> {
  const { apiVersion } = context.options;
  const queries = [{ type: [type] }];
  const result = await call(context, 'listMetadata', { queries, asOfVersion: [apiVersion] });
  return result.flatMap((each) => childText(each, 'fullName') ?? []);
}

/** The results of a call that changes nothing. */
async function call(context: Context, name: string, content: MetadataElement): Promise<MetadataElement[]> {
  const body = await sent(context, elementText(name, content)).catch(async (error: unknown) => {
    if (!isTierlinkError(error, 'CRM_SESSION_EXPIRED')) throw error;
    // The session stands in the text that is sent, so a new one takes a new text; a call of REST renews it.
    await context.client.json({ method: 'GET', path: '/limits', kind: 'install' });
    return await sent(context, elementText(name, content));
  });
  const inside = childrenNamed(readElement(body), 'Body');
  return inside
    .flatMap((each) => childrenNamed(each, `${name}Response`))
    .flatMap((each) => childrenNamed(each, 'result'));
}

async function sent({ client, options }: Context, content: string): Promise<string> {
  const { accessToken } = await client.session();
  const { body } = await client.send({
    ...{ method: 'POST', path: `/services/Soap/m/${options.apiVersion}`, kind: 'install', headers },
    body: envelope(accessToken, content),
    repeatable: true,
  });
  return body;
}

function envelope(sessionId: string, content: string): string {
  const header = elementText('SessionHeader', { sessionId: [sessionId] });
  const own = 'xmlns="http://soap.sforce.com/2006/04/metadata"';
  return `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Header ${own}>${header}</soapenv:Header><soapenv:Body ${own}>${content}</soapenv:Body></soapenv:Envelope>`;
}
