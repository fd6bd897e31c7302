/** The parts of a form by their names, as bytes; undefined where the content type names no boundary. */
export function partsOf(body: Buffer, contentType: string): Map<string, Buffer> | undefined {
  const [, quoted, bare] = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType) ?? [];
  const boundary = quoted ?? bare;
  if (boundary === undefined) return undefined;
  const parts = new Map<string, Buffer>();
  const marker = Buffer.from(`--${boundary}`);
  for (let at = body.indexOf(marker); at >= 0; ) {
    const next = body.indexOf(marker, at + marker.length);
    if (next < 0) break;
    const part = body.subarray(at + marker.length + 2, next - 2);
    const headEnd = part.indexOf('\r\n\r\n');
    const name = /\bname="([^"]*)"/i.exec(part.subarray(0, headEnd).toString('utf8'))?.[1];
    if (name !== undefined && headEnd >= 0) parts.set(name, part.subarray(headEnd + 4));
    at = next;
  }
  return parts;
}
