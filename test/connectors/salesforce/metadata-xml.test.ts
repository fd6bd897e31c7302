import { expect, it } from '@jest/globals';
import { elementText, readElement } from '../../../connectors/salesforce/metadata-xml.ts';

it('what is read goes back to the letter, also with blanks at its ends', () => {
  const inside = '<label> Gold </label><errorMessage>two\n lines\n</errorMessage>';
  const text = `<value>\n  <met:fullName xmlns:met="m">Gold</met:fullName>\n  ${inside}\n</value>`;
  expect(elementText('value', readElement(text))).toBe(`<value><fullName>Gold</fullName>${inside}</value>`);
});
