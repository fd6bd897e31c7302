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

function envelope(namespace: string, body: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="${namespace}" xmlns:sf="urn:fault.partner.soap.sforce.com" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>${body}</soapenv:Body></soapenv:Envelope>`;
}

/** The answer of a call. */
export function writeAnswer(namespace: string, method: string, result: XmlOutput): string {
  return envelope(namespace, writeXml(`${method}Response`, { result }));
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
export function writeFault(namespace: string, fault: SoapFault): string {
  const text = writeXml('faultcode', fault.code) + writeXml('faultstring', fault.message) + detailOf(fault);
  return envelope(namespace, `<soapenv:Fault>${text}</soapenv:Fault>`);
}

/** A refusal of the REST side in SOAP's words. */
export function faultOf(error: ApiError): SoapFault {
  return new SoapFault(`sf:${error.errorCode}`, `${error.errorCode}: ${error.message}`);
}
