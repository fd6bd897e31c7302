/**
 * Jobs that bring their data along: one form with the parts `job` (JSON) and `content` (CSV).
 * https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/walkthrough_upload_multipart_data.htm
 */

import { badRequest } from '../api-errors.ts';

/** The parts of a form by their names; undefined when the content type is no form's. @throws ApiError API_ERROR */
function partsOf(body: string, contentType: string): Map<string, string> | undefined {
  if (!/^multipart\/form-data\b/i.test(contentType)) return undefined;
  const [, quoted, bare] = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType) ?? [];
  const boundary = quoted ?? bare;
  if (boundary === undefined) throw badRequest('API_ERROR', 'The multipart request names no boundary');
  const [, ...pieces] = `\n${body}`.split(`\n--${boundary}`);
  const parts = pieces.flatMap((piece): Array<[string, string]> => {
    const [, head, content] = /^[ \t]*\r?\n([\s\S]*?)\r?\n\r?\n([\s\S]*)$/.exec(piece) ?? [];
    const name = /\bname="([^"]*)"/i.exec(head ?? '')?.[1];
    // the line break before a boundary belongs to the boundary
    return name === undefined || content === undefined ? [] : [[name, content.replace(/\r$/, '')]];
  });
  return new Map(parts);
}

/** The job and its data; undefined when a request is no form. @throws ApiError API_ERROR, JSON_PARSER_ERROR */
export function formOf(body: unknown, contentType = ''): { job: unknown; content: string } | undefined {
  const parts = typeof body === 'string' ? partsOf(body, contentType) : undefined;
  if (parts === undefined) return undefined;
  const job = parts.get('job');
  const content = parts.get('content');
  if (job === undefined || content === undefined)
    throw badRequest('API_ERROR', 'A multipart request needs the parts job and content');
  try {
    return { job: JSON.parse(job), content };
  } catch (error) {
    throw badRequest('JSON_PARSER_ERROR', error instanceof Error ? error.message : 'malformed');
  }
}
