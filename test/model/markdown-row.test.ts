import { describe, expect, it } from '@jest/globals';
import { markdownRow, markdownWords } from '../../src/model/markdown-row.ts';

describe('a row of a page in Markdown', () => {
  it('shows words in < > and bars, and leaves code as it is', () => {
    expect(markdownRow(['`a|<b>`', 'in the place of <key>', 'x | y'])).toBe(
      '| `a\\|<b>` | in the place of \\<key\\> | x \\| y |',
    );
    expect(markdownWords('tierlink tier why <partner>, or `<it>`')).toBe(
      'tierlink tier why \\<partner\\>, or `<it>`',
    );
  });
});
