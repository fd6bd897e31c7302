/** SOAP envelopes: reads a call out of one, and writes answers and faults. */

import xml2js from 'xml2js';
import type { ApiError } from '../types.ts';

/** An element: text, or child elements by name; a repeated child is an array. */
export type XmlValue = string | null | XmlElement | XmlValue[];
export interface XmlElement {
  [name: string]: XmlValue;
}

export interface SoapCall {
  method: string;
  args: XmlElement;
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

/** Attributes of an element are kept under this key; `nil` is the one that matters. */
const ATTRIBUTES = '$';
const { stripPrefix } = xml2js.processors;

function isElement(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function clean(value: unknown): XmlValue {
  if (Array.isArray(value)) return value.map(clean);
  if (!isElement(value)) return String(value ?? '');
  const attributes = value[ATTRIBUTES];
  if (isElement(attributes) && attributes.nil === 'true') return null;
  const children = Object.entries(value).filter(([name]) => name !== ATTRIBUTES && name !== '_');
  if (children.length === 0) return String(value._ ?? '');
  return Object.fromEntries(children.map(([name, child]) => [name, clean(child)]));
}

/** @throws SoapFault for anything but an envelope with one call in its body */
export async function readCall(xml: string): Promise<SoapCall> {
  let root: unknown;
  try {
    root = await xml2js.parseStringPromise(xml, {
      explicitArray: false,
      explicitRoot: true,
      tagNameProcessors: [stripPrefix],
      attrNameProcessors: [stripPrefix],
    });
  } catch (error) {
    throw new SoapFault('soapenv:Client', error instanceof Error ? error.message : 'malformed XML');
  }
  const envelope = isElement(root) ? clean(root.Envelope) : null;
  const body = isElement(envelope) ? envelope.Body : null;
  const [method, ...more] = isElement(body) ? Object.keys(body) : [];
  if (!isElement(body) || method === undefined || more.length > 0)
    throw new SoapFault('soapenv:Client', 'The body of the envelope must hold one operation');
  const header = isElement(envelope) ? envelope.Header : null;
  const session = isElement(header) ? header.SessionHeader : null;
  const sessionId =
    isElement(session) && typeof session.sessionId === 'string' ? session.sessionId : undefined;
  const args = body[method];
  return { method, args: isElement(args) ? (args as XmlElement) : {}, sessionId };
}

/** What an answer is made of: null writes a nil element, an array repeats its element. */
export type Answer = string | number | boolean | null | Answer[] | { [name: string]: Answer };

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function element(name: string, value: Answer): string {
  if (Array.isArray(value)) return value.map((one) => element(name, one)).join('');
  if (value === null) return `<${name} xsi:nil="true"/>`;
  if (typeof value !== 'object') return `<${name}>${escaped(String(value))}</${name}>`;
  const children = Object.entries(value).map(([child, inner]) => element(child, inner));
  return `<${name}>${children.join('')}</${name}>`;
}

function envelope(namespace: string, body: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="${namespace}" xmlns:sf="urn:fault.partner.soap.sforce.com" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>${body}</soapenv:Body></soapenv:Envelope>`;
}

/** The answer of a call. */
export function writeAnswer(namespace: string, method: string, result: Answer): string {
  return envelope(namespace, element(`${method}Response`, { result }));
}

/** The details that clients read of a fault of the API; one of the envelope itself has none. */
function detailOf({ code, message }: SoapFault): string {
  const [prefix, name = ''] = code.split(':');
  if (prefix !== 'sf') return '';
  const fault = name === 'INVALID_LOGIN' ? 'LoginFault' : 'UnexpectedErrorFault';
  const said =
    element('sf:exceptionCode', name) + element('sf:exceptionMessage', message.replace(`${name}: `, ''));
  return `<detail><sf:${fault} xsi:type="sf:${fault}">${said}</sf:${fault}></detail>`;
}

/** The fault that a refusal is answered with. */
export function writeFault(namespace: string, fault: SoapFault): string {
  const text = element('faultcode', fault.code) + element('faultstring', fault.message) + detailOf(fault);
  return envelope(namespace, `<soapenv:Fault>${text}</soapenv:Fault>`);
}

/** A refusal of the REST side in SOAP's words. */
export function faultOf(error: ApiError): SoapFault {
  return new SoapFault(`sf:${error.errorCode}`, `${error.errorCode}: ${error.message}`);
}
