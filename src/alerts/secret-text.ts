/** Long answers, such as error pages, say nothing more. */
const longest = 200;

/**
 * What a receiver or the system said, in one line and fit to be shown: each secret, and each part of an address that could
 * be one, is masked.
 */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  const hidden = [...secrets].filter((secret) => secret !== '').sort((a, b) => b.length - a.length);
  const masked = hidden.reduce((said, secret) => said.replaceAll(secret, '********'), text);
  return masked.replace(/\s+/g, ' ').trim().slice(0, longest);
}

/** The secret parts of an address: all of it, and what comes after the host, whole and in pieces. */
export function secretsOfUrl(url: URL): string[] {
  const pieces = [...url.pathname.split('/'), ...url.searchParams.values()].filter(
    ({ length }) => length > 5,
  );
  return [url.href, `${url.pathname}${url.search}`, ...pieces, ...pieces.map(decoded)].filter(
    (part) => part !== '/',
  );
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
