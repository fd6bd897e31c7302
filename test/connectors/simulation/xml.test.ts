import { describe, expect, it } from '@jest/globals';
import {
  childOf,
  childrenOf,
  flagOf,
  readXmlDocument,
  textOf,
} from '../../../connectors/simulation/xml-read.ts';
import { writeXml, writeXmlFile } from '../../../connectors/simulation/xml-write.ts';

const content = {
  $: { version: '1 & "2"' },
  Name: { $: { code: 7 }, _: 'A < B' },
  Empty: { $: { type: 1 } },
  Nothing: '',
  Nil: null,
  Items: { Item: [{ Text: 'one' }, { Text: 'two' }] },
  None: { Item: [] },
};

describe('XML', () => {
  it('is written on one line, or as a file with an element to a line', () => {
    expect(writeXml('Root', { A: [1, 2], B: {} })).toBe('<Root><A>1</A><A>2</A><B></B></Root>');
    expect(writeXmlFile('Root', content)).toBe(
      `<?xml version="1.0" encoding="utf-8"?>
<Root version="1 &amp; &quot;2&quot;">
  <Name code="7">A &lt; B</Name>
  <Empty type="1" />
  <Nothing></Nothing>
  <Nil xsi:nil="true"/>
  <Items>
    <Item>
      <Text>one</Text>
    </Item>
    <Item>
      <Text>two</Text>
    </Item>
  </Items>
  <None />
</Root>
`,
    );
  });

  it('is read with attributes, text beside them and repeated elements', () => {
    const { root, element } = readXmlDocument(writeXmlFile('Root', content));
    expect(root).toBe('Root');
    expect(textOf(element, '@version')).toBe('1 & "2"');
    expect(textOf(element, 'Name')).toBe('A < B');
    expect(textOf(childOf(element, 'Name')!, '@code')).toBe('7');
    expect(childrenOf(childOf(element, 'Items')!, 'Item').map((item) => textOf(item, 'Text'))).toEqual([
      'one',
      'two',
    ]);
    expect([textOf(element, 'Nowhere'), flagOf(element, 'Nothing')]).toEqual([undefined, false]);
  });

  it('that is none is refused with the place', () => {
    expect(() => readXmlDocument('<Root><A></Root>')).toThrow(/Line: 0/);
  });
});
