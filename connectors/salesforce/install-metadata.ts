import type { Context } from './context.ts';
import { childrenNamed, childText, elementText, type MetadataElement, readElement } from './metadata-xml.ts';

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
  const { client, options } = context;
  const found = new Map<string, MetadataElement>();
  for (let start = 0; start < names.length; start += AT_ONCE) {
    const { accessToken } = await client.session();
    const answer = await client.send({
      method: 'POST',
      path: `/services/Soap/m/${options.apiVersion}`,
      kind: 'install',
      headers,
      body: envelope(accessToken, type, names.slice(start, start + AT_ONCE)),
      repeatable: true,
    });
    for (const record of recordsIn(answer.body)) {
      const name = childText(record, 'fullName');
      if (name !== undefined) found.set(name, record);
    }
  }
  return found;
}

function envelope(sessionId: string, type: string, fullNames: readonly string[]): string {
  const call = elementText('readMetadata', { type: [type], fullNames: [...fullNames] });
  const header = elementText('SessionHeader', { sessionId: [sessionId] });
  const own = 'xmlns="http://soap.sforce.com/2006/04/metadata"';
  return `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Header ${own}>${header}</soapenv:Header><soapenv:Body ${own}>${call}</soapenv:Body></soapenv:Envelope>`;
}

function recordsIn(body: string): MetadataElement[] {
  let inside = [readElement(body)];
  for (const name of ['Body', 'readMetadataResponse', 'result', 'records'])
    inside = inside.flatMap((element) => childrenNamed(element, name));
  return inside;
}
