import type { PagePlace } from './query.ts';

/**
 * The token of a next link is XML: the number of the page, and inside it a cookie, encoded twice, with what the last row
 * was ordered by. Clients must send it back as it is.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/query/page-results
 */
export function skipToken(primaryId: string, { page, id, values, version }: PagePlace): string {
  const place = Buffer.from(JSON.stringify(values)).toString('base64url');
  const inner = `<cookie page="${page - 1}"><${primaryId} last="{${id.toUpperCase()}}" first="{${id.toUpperCase()}}" at="${place}" /></cookie>`;
  const cookie = `<cookie pagenumber="${page}" pagingcookie="${encodeURIComponent(encodeURIComponent(inner))}" ${version === undefined ? 'istracking="False"' : `istracking="True" version="${version}"`} />`;
  return encodeURIComponent(cookie);
}

/** What skipToken made; the text comes decoded once. */
export function readSkipToken(text: string): PagePlace | undefined {
  const page = /pagenumber="(\d+)"/.exec(text)?.[1];
  const cookie = /pagingcookie="([^"]*)"/.exec(text)?.[1];
  if (page === undefined || cookie === undefined) return undefined;
  const inner = decodeURIComponent(decodeURIComponent(cookie));
  const id = /last="\{([0-9A-F-]+)\}"/i.exec(inner)?.[1]?.toLowerCase();
  const place = /at="([^"]*)"/.exec(inner)?.[1];
  if (id === undefined || place === undefined) return undefined;
  const version = /version="(\d+)"/.exec(text)?.[1];
  return {
    ...(version === undefined ? {} : { version: Number(version) }),
    page: Number(page),
    id,
    values: JSON.parse(Buffer.from(place, 'base64url').toString()),
  };
}
