import { describe, expect, it } from '@jest/globals';
import { classifyChunk, endOfSession, fatal, fatalError, messageFramer } from '../../src/store/wire.ts';
import { fc } from '../services/fast-check.ts';

/** A message of the protocol: type, length, body. */
function message(type: string, body: string): Buffer {
  const header = Buffer.alloc(5);
  header.write(type);
  header.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([header, Buffer.from(body)]);
}

function startup(): Buffer {
  const body = Buffer.from('\0\x03\0\0user\0postgres\0\0');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(body.length + 4);
  return Buffer.concat([length, body]);
}

/** What the framer makes of the pieces. */
async function framed(pieces: readonly Buffer[]): Promise<Buffer[]> {
  const framer = messageFramer();
  const chunks: Buffer[] = [];
  framer.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise((resolve, reject) => framer.once('end', resolve).once('error', reject));
  for (const piece of pieces) framer.write(piece);
  framer.end();
  await ended;
  return chunks;
}

/** Where whole messages may end. */
function endsOf(messages: readonly Buffer[]): Set<number> {
  let at = 0;
  return new Set(messages.map(({ length }) => (at += length)));
}

describe('messages on a socket', () => {
  it('come out whole, wherever the bytes were cut', async () => {
    const bodies = fc.array(fc.tuple(fc.constantFrom('P', 'B', 'D', 'E', 'S', 'Q'), fc.string()));
    await fc.assert(
      fc.asyncProperty(bodies, fc.array(fc.nat(200)), async (drawn, cuts) => {
        const messages = [startup(), ...drawn.map(([type, body]) => message(type, oneByteEach(body)))];
        const bytes = Buffer.concat(messages);
        const places = [0, ...cuts.filter((at) => at < bytes.length).sort((a, b) => a - b), bytes.length];
        const pieces = places.slice(1).map((end, index) => bytes.subarray(places[index], end));
        const chunks = await framed(pieces.filter(({ length }) => length > 0));
        expect(Buffer.concat(chunks)).toEqual(bytes);
        expect(chunks[0]).toEqual(messages[0]);
        const ends = endsOf(messages);
        for (const end of endsOf(chunks)) expect(ends).toContain(end);
      }),
      { numRuns: 200 },
    );
  });

  it('are refused when they are something else', async () => {
    await expect(framed([Buffer.from('GET / HTTP/1.1\r\n\r\n')])).rejects.toThrow('start-up');
    await expect(framed([startup(), Buffer.from('Q\0\0\0\x01')])).rejects.toThrow('wire protocol');
  });

  it('can take leave as a server does', () => {
    const bytes = fatalError(fatal.idleInTransaction);
    expect(bytes.readUInt32BE(1)).toBe(bytes.length - 1);
    expect(bytes.toString()).toContain('C25P03\0');
    expect(classifyChunk(message('X', ''))).toBe('terminate');
  });
});

/** Only characters of one byte. */
function oneByteEach(body: string): string {
  return body.replace(/[^\x20-\x7e]/g, '?');
}

describe('an answer of the server', () => {
  const error = (severity: string) =>
    message('E', `S${severity}\0V${severity}\0C53100\0MNo space left on device\0\0`);
  const ready = message('Z', 'T');

  it('ends the session when it panics, also where it says that it is ready', () => {
    const end = { code: '53100', message: 'No space left on device' };
    expect(endOfSession(Buffer.concat([message('1', ''), error('PANIC'), ready]))).toEqual(end);
    expect(endOfSession(error('FATAL'))).toEqual(end);
  });

  it('does not end it by the error of a statement, nor by a row that holds such words', () => {
    expect(endOfSession(Buffer.concat([error('ERROR'), ready]))).toBeUndefined();
    expect(endOfSession(Buffer.concat([message('D', 'x\0VPANIC\0'), ready]))).toBeUndefined();
  });
});
