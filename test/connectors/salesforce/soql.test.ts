import { describe, expect, it } from '@jest/globals';
import {
  afterKey,
  anyOf,
  chunkForAddress,
  name,
  quote,
  scopeConditions,
  select,
} from '../../../connectors/salesforce/soql.ts';
import { fc } from '../../services/fast-check.ts';

/** Reads a literal back by the platform's rules; throws when the text is not exactly one literal. */
function readLiteral(literal: string): string {
  const escapes: Record<string, string> = {
    n: '\n',
    r: '\r',
    t: '\t',
    b: '\b',
    f: '\f',
    '"': '"',
    "'": "'",
    '\\': '\\',
  };
  let text = '';
  let at = 1;
  if (literal[0] !== "'") throw new Error('no opening quote');
  for (; literal[at] !== "'"; at += 1) {
    if (at >= literal.length) throw new Error('no closing quote');
    if (literal[at] !== '\\') {
      text += literal[at];
      continue;
    }
    at += 1;
    const mark = literal[at] ?? '';
    if (mark === 'u') {
      text += String.fromCharCode(Number.parseInt(literal.slice(at + 1, at + 5), 16));
      at += 4;
    } else if (escapes[mark] !== undefined) text += escapes[mark];
    else throw new Error(`unknown escape \\${mark}`);
  }
  if (at !== literal.length - 1) throw new Error(`something follows the literal: ${literal.slice(at)}`);
  return text;
}

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({
    unit: fc.constantFrom("'", '\\', '"', '\n', '\r', '\u2028', 'a', ' ', '%', '_', '\0', '\u0085'),
  }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((codes) => String.fromCharCode(...codes)),
);

describe('SOQL escaping', () => {
  it('gives back every text, and nothing of it leaves the literal', () => {
    fc.assert(
      fc.property(anyText, (text) => readLiteral(quote(text)) === text),
      { numRuns: 2_000 },
    );
  });

  it('can always be carried in an address', () => {
    fc.assert(
      fc.property(anyText, (text) => encodeURIComponent(quote(text)).length > 0),
      { numRuns: 1_000 },
    );
  });

  it('never contains a line end or another control character', () => {
    fc.assert(
      fc.property(anyText, (text) => !/\p{Cc}/u.test(quote(text))),
      { numRuns: 1_000 },
    );
  });

  it('refuses names that are not names', () => {
    expect(name('Account.Owner.Name')).toBe('Account.Owner.Name');
    for (const bad of ['', 'a b', "a'b", 'a;b', '1a', 'a..b', 'a)--', 'Id FROM User']) {
      expect(() => name(bad)).toThrow(RangeError);
    }
  });
});

describe('SOQL conditions', () => {
  it('writes each value as the type of its field wants it', () => {
    expect(anyOf('Type', ['A', "B's"])).toBe("Type IN ('A', 'B\\'s')");
    expect(anyOf('IsWon', [true], 'bare')).toBe('IsWon = true');
    expect(anyOf('CloseDate', ['2026-01-01'], 'date')).toBe('CloseDate = 2026-01-01');
    expect(anyOf('Tags__c', ['a;b', 'c'], 'multi')).toBe("Tags__c INCLUDES ('a;b', 'c')");
    expect(anyOf('Type', ['A', null])).toBe("(Type = 'A' OR Type = null)");
    expect(anyOf('Type', [null])).toBe('Type = null');
  });

  it('quotes a value that only pretends to be a number or a date', () => {
    expect(anyOf('Amount', ['1 OR Id != null'], 'bare')).toBe("Amount = '1 OR Id != null'");
    expect(anyOf('CloseDate', ['2026-01-01 OR Id != null'], 'date')).toBe(
      "CloseDate = '2026-01-01 OR Id != null'",
    );
  });

  it('keeps a filter in parentheses so that its OR stays inside', () => {
    const conditions = scopeConditions(
      { name: 's', recordTypes: ['Partner'], filter: 'A = 1 OR B = 2' },
      () => 'text',
    );
    expect(select({ fields: ['Id'], object: 'Account', conditions })).toBe(
      "SELECT Id FROM Account WHERE RecordType.DeveloperName = 'Partner' AND (A = 1 OR B = 2)",
    );
  });

  it('orders rows of one second by their id', () => {
    expect(afterKey('2026-03-04T10:00:00.000Z', '001000000000001AAA')).toBe(
      "(SystemModstamp > 2026-03-04T10:00:00Z OR (SystemModstamp = 2026-03-04T10:00:00Z AND Id > '001000000000001AAA'))",
    );
  });

  it('splits long lists below the longest address, losing none', () => {
    const ids = Array.from({ length: 5_000 }, (_unused, index) => `001${String(index).padStart(15, '0')}`);
    const chunks = chunkForAddress(ids, 1_000);
    expect(chunks.flat()).toEqual(ids);
    for (const chunk of chunks)
      expect(encodeURIComponent(chunk.map(quote).join(',')).length).toBeLessThan(14_000);
  });
});
