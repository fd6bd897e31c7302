import { describe, expect, it } from '@jest/globals';
import { type MatchRule, matchKey, matchRules, ruleAttributes } from '../../src/model/match-keys.ts';
import { fc } from '../services/fast-check.ts';

const keyOf = (rule: MatchRule, text: string | null) => matchKey(rule, { [ruleAttributes[rule]]: text });

describe('the key of a record', () => {
  it.each([
    ['number', 'P-0042', ' p-0042 '],
    ['number', 'Ａ１', 'a 1'],
    ['number', '10‑1', '10-1'],
    ['vat', 'SE 556703-7485 01', 'se556703748501'],
    ['domain', 'https://www.Contoso.example/en?x=1', 'contoso.example'],
    ['domain', 'HTTP://contoso.example:8080', 'contoso.example.'],
    ['domain', 'acme.wordpress.com', 'www.acme.wordpress.com'],
    ['name', 'Contoso, Inc.', 'CONTOSO'],
    ['name', 'Société Générale S.A.', 'Societe Generale SA'],
    ['name', 'AB Volvo', 'Volvo AB'],
    ['name', 'Müller GmbH & Co. KG', 'Muller'],
    ['name', 'Strauß A/S', 'STRAUSS'],
    ['name', 'Blue-Sky Ltd', 'Blue Sky'],
    ['name', "O'Neil Sp. z o.o.", 'ONeil'],
  ] as const)('%s: %s is %s', (rule, one, other) => {
    expect(keyOf(rule, one)).not.toBeNull();
    expect(keyOf(rule, one)).toBe(keyOf(rule, other));
  });

  it.each([
    ['number', 'N/A'],
    ['number', '000'],
    ['number', ' - '],
    ['vat', 'unknown'],
    ['domain', 'https://www.linkedin.com/company/contoso'],
    ['domain', 'de.linkedin.com/company/contoso'],
    ['domain', 'gmail.com'],
    ['domain', 'wordpress.com'],
    ['domain', 'localhost'],
    ['domain', '10.0.0.1'],
    ['domain', 'not an address'],
    ['name', 'Ltd.'],
    ['name', '...'],
  ] as const)('%s: %s tells nobody apart', (rule, text) => {
    expect(keyOf(rule, text)).toBeNull();
  });

  it('keeps apart what separators make of a number', () => {
    expect(new Set(['10-1', '101', '10/1', '1-01'].map((text) => keyOf('number', text))).size).toBe(4);
  });

  it('keeps companies apart whose names differ in a word', () => {
    const names = ['Contoso', 'Contoso Cloud', 'Coca Cola Company', 'Coca', 'Sas Institute'];
    const keys = names.map((name) => keyOf('name', name));
    expect(new Set(keys).size).toBe(names.length);
  });
});

describe('the key of any text', () => {
  const words = fc.array(fc.stringMatching(/^[a-zà-öø-ÿ0-9]{2,8}$/), { minLength: 1, maxLength: 4 });

  it('makes no difference between upper and lower case, and is itself plain', () => {
    fc.assert(
      fc.property(fc.constantFrom(...matchRules), fc.string({ unit: 'grapheme' }), (rule, text) => {
        const key = keyOf(rule, text);
        expect(keyOf(rule, text.toLowerCase())).toBe(key);
        if (key !== null) expect(key).not.toMatch(/[\sA-Z]/);
      }),
      {
        examples: [
          ['name', 'ΑΤΛΑΣ'],
          ['vat', '\u03f9'],
        ],
      },
    );
  });

  it('makes no difference between blanks and punctuation in names and VAT numbers', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('name' as const, 'vat' as const),
        words,
        fc.constantFrom(' ', '-', ', ', ' / '),
        (rule, parts, separator) => {
          expect(keyOf(rule, ` ${parts.join(separator)}, `)).toBe(keyOf(rule, parts.join(' ')));
        },
      ),
    );
  });

  it('makes no difference of a legal form after a name', () => {
    fc.assert(
      fc.property(words, fc.constantFrom('Inc', 'Ltd.', 'GmbH', 'AB', 'S.A.', 'B. V.'), (parts, form) => {
        const name = parts.join(' ');
        expect(keyOf('name', `${name} ${form}`)).toBe(keyOf('name', name));
      }),
    );
  });

  it('is the host of any web address, however it is written', () => {
    fc.assert(
      fc.property(fc.domain(), fc.webPath(), fc.boolean(), (host, path, isSecure) => {
        const key = keyOf('domain', host);
        const address = `${isSecure ? 'https' : 'http'}://www.${host}${path}`;
        if (!/^www\d?\./i.test(host)) expect(keyOf('domain', address)).toBe(key);
      }),
    );
  });
});
