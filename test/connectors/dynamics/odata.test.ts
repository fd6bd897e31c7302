import { describe, expect, it } from '@jest/globals';
import type { Column, ResolvedColumn } from '../../../connectors/dynamics/metadata.ts';
import { equalsAny, isOneOf, literal, queryPath, quote } from '../../../connectors/dynamics/odata.ts';
import { withSelection } from '../../../connectors/dynamics/pages.ts';
import { chunkForAddress } from '../../../connectors/dynamics/read/rows.ts';
import { parseFilter, parseValue } from '../../../connectors/dynamics/simulator/odata/parse.ts';
import { isTierlinkError } from '../../../src/errors.ts';
import { fc } from '../../services/fast-check.ts';

const column = (type: Column['type'], given: Partial<Column> = {}): Column =>
  ({ name: 'c', type, vendorType: type, targets: [], ...given }) as Column;
const own = (of: Column): ResolvedColumn => ({ via: [], column: of }) as unknown as ResolvedColumn;

describe('text in addresses', () => {
  it('any text is one literal that means itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(parseValue(quote(text))).toEqual({ kind: 'string', value: text });
      }),
    );
  });

  it('any text in a scope is a value and never a condition', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', minLength: 1 }), { minLength: 1 }), (texts) => {
        const filter = parseFilter(equalsAny(own(column('text')), texts));
        const found: string[] = [];
        const collect = (node: ReturnType<typeof parseFilter>): void => {
          if (node.kind === 'or') {
            collect(node.left);
            collect(node.right);
          } else if (node.kind === 'compare' && node.right.kind === 'string') found.push(node.right.value);
        };
        collect(filter);
        expect(found).toEqual(texts);
      }),
    );
  });

  it('any key is asked for as itself', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.string({ unit: 'binary', minLength: 1 }), { minLength: 1 }), (texts) => {
        const found: string[] = [];
        const collect = (node: ReturnType<typeof parseFilter>): void => {
          if (node.kind === 'or') {
            collect(node.left);
            collect(node.right);
          } else if (node.kind === 'compare' && node.right.kind === 'string') found.push(node.right.value);
          else if (node.kind === 'function' && node.parameters.PropertyValues?.kind === 'list')
            for (const item of node.parameters.PropertyValues.items)
              if (item.kind === 'string') found.push(item.value);
        };
        collect(parseFilter(isOneOf('c', texts)));
        expect(found.sort()).toEqual([...texts].sort());
      }),
    );
  });

  it('what is no value of its column is refused before anything is sent', () => {
    for (const type of [
      'integer',
      'money',
      'choice',
      'date',
      'instant',
      'boolean',
      'reference',
      'id',
    ] as const)
      fc.assert(
        fc.property(fc.string({ unit: 'binary' }), (text) => {
          try {
            expect(literal(column(type), text)).toMatch(/^[\w.:+-]+$/);
          } catch (error) {
            expect(isTierlinkError(error, 'CRM_QUERY')).toBe(true);
          }
        }),
      );
  });

  it('addresses are percent-encoded', () => {
    const path = queryPath('accounts', { select: ['name'], filter: ["name eq 'A&B #1 + ü'"], top: 1 });
    expect(path).toBe("accounts?$select=name&$filter=name%20eq%20'A%26B%20%231%20%2B%20%C3%BC'&$top=1");
  });

  it('chunks hold every value once, in order, and fit into an address', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 200 }), { maxLength: 1_000 }), (values) => {
        const chunks = chunkForAddress(values);
        expect(chunks.flat()).toEqual(values);
        for (const chunk of chunks)
          expect(chunk.map(encodeURIComponent).join('').length).toBeLessThan(20_001);
      }),
      { numRuns: 20 },
    );
  });

  it('chunks of values that are compared one by one fit into an address too', () => {
    const values = Array.from({ length: 1_000 }, (_unused, index) => `O'Neil & Sons ${index}`);
    for (const chunk of chunkForAddress(values)) {
      const filter = [isOneOf('new_keyofthepartneraccountinthesystemthatbillsallofthecustomers', chunk)];
      expect(queryPath('accounts', { select: ['accountid'], filter }).length).toBeLessThan(32_000);
    }
  });
});

describe('links', () => {
  const link =
    'https://contoso.example/api/data/v9.2/accounts?$select=name,revenue&$skiptoken=%3Ccookie%20pagenumber=%222%22%20pagingcookie=%22%253c%22%20/%3E';

  it('are used as they were given where they select what is wanted', () => {
    expect(withSelection(link, { select: ['name', 'revenue'], expand: undefined })).toBe(link);
    const encoded = link.replace('$select=name,revenue', '%24select=name%2Crevenue');
    expect(withSelection(encoded, { select: ['name', 'revenue'], expand: undefined })).toBe(encoded);
  });

  it('select something else when that is wanted, and keep their tokens as they are', () => {
    const other = withSelection(link, { select: ['name'], expand: 'parentaccountid($select=name)' });
    expect(other).toContain('$select=name&');
    expect(other).toContain('$expand=parentaccountid');
    expect(other).toContain(link.slice(link.indexOf('$skiptoken')));
    expect(withSelection(other, { select: ['name'], expand: undefined })).not.toContain('$expand');
  });
});
