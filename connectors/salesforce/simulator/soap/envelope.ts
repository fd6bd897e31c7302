/** SOAP envelopes: reads a call out of one, and writes answers and faults. */

import type { ApiError } from '../types.ts';
import { elementOf, readXml, textOf, writeXml, type XmlElement, type XmlOutput } from '../xml.ts';

export interface SoapCall {
  method: string;
  args: XmlElement;
  header: XmlElement;
  sessionId: string | undefined;
}

/** A refusal as SOAP words it. `code` holds its prefix: `sf:INVALID_SESSION_ID`. */
export class SoapFault extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.name = 'SoapFault';
    this.code = code;
  }
}

/** @throws SoapFault for anything but an envelope with one call in its body */
export async function readCall(xml: string): Promise<SoapCall> {
  let root: XmlElement;
  try {
    root = await readXml(xml);
  } catch (error) {
    throw new SoapFault('soapenv:Client', error instanceof Error ? error.message : 'malformed XML');
  }
  const { Body, Header } = elementOf(root.Envelope);
  const body = elementOf(Body);
  const [method, ...more] = Object.keys(body);
  if (method === undefined || more.length > 0)
    throw new SoapFault('soapenv:Client', 'The body of the envelope must hold one operation');
  const header = elementOf(Header);
  const sessionId = textOf(elementOf(header.SessionHeader).sessionId);
  return { method, args: elementOf(body[method]), header, sessionId };
}

/** The flavours of the API and the namespaces of what they answer. */
export interface Flavour {
  name: 'partner' | 'enterprise' | 'metadata';
  namespace: string;
}

function envelope({ name, namespace }: Flavour, sf: 'sobject' | 'fault', body: string): string {
  // The Metadata API has one namespace for everything.
  const inner = name === 'metadata' ? namespace : `urn:${sf}.${name}.soap.sforce.com`;
  const namespaces = `xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="${namespace}" xmlns:sf="${inner}" xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"`;
  return `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope ${namespaces}>${body}</soapenv:Envelope>`;
}

/** What an answer tells of the day's calls. */
function limits({ total, max }: { total: number; max: number }): string {
  const limitInfo = { current: total, limit: max, type: 'API REQUESTS' };
  return `<soapenv:Header>${writeXml('LimitInfoHeader', { limitInfo })}</soapenv:Header>`;
}

/** The answer of a call; one without a result has none to show. */
export function writeAnswer(
  flavour: Flavour,
  { method, result }: { method: string; result: XmlOutput | undefined },
  calls?: { total: number; max: number },
): string {
  const body = writeXml(`${method}Response`, result === undefined ? {} : { result });
  const header = calls === undefined ? '' : limits(calls);
  return envelope(flavour, 'sobject', `${header}<soapenv:Body>${body}</soapenv:Body>`);
}

/** The details that clients read of a fault of the API; one of the envelope itself has none. */
function detailOf({ code, message }: SoapFault): string {
  const [prefix, name = ''] = code.split(':');
  if (prefix !== 'sf') return '';
  const fault = name === 'INVALID_LOGIN' ? 'LoginFault' : 'UnexpectedErrorFault';
  const said =
    writeXml('sf:exceptionCode', name) + writeXml('sf:exceptionMessage', message.replace(`${name}: `, ''));
  return `<detail><sf:${fault} xsi:type="sf:${fault}">${said}</sf:${fault}></detail>`;
}

/** The fault that a refusal is answered with. */
export function writeFault(flavour: Flavour, fault: SoapFault): string {
  const text = writeXml('faultcode', fault.code) + writeXml('faultstring', fault.message) + detailOf(fault);
  return envelope(flavour, 'fault', `<soapenv:Body><soapenv:Fault>${text}</soapenv:Fault></soapenv:Body>`);
}

/** A refusal of the REST side in SOAP's words. */
export function faultOf(error: ApiError): SoapFault {
  return new SoapFault(`sf:${error.errorCode}`, `${error.errorCode}: ${error.message}`);
}
