import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { fromPackageRoot } from '../../src/package-root.ts';

const read = (...path: string[]) => readFileSync(fromPackageRoot(...path), 'utf8');

/** Title and file of each chapter, in the order in which the page for newcomers has them. */
const chapters = [
  ...read('docs', 'writing-a-program.md').matchAll(/^\| (\d) \|.*\| \[(.+)\]\((.+)\.md\) \|$/gm),
].map(([, number, title, file]) => ({ number: Number(number), title: title!, file: file! }));

it('the page for newcomers has the chapters of the program language, one after the other', () => {
  expect(chapters.map(({ number }) => number)).toEqual([1, 2, 3, 4, 5, 6]);
  const links = chapters.map(({ title, file }) => `[${title}](docs/${file}.md)`);
  expect(read('README.md')).toContain(`and its chapters: ${links.join(' · ')}\n`);
});

it.each(chapters)('chapter $number is called $title, and says where it belongs', (chapter) => {
  const { number, title, file } = chapter;
  const next = chapters[number];
  const then = next === undefined ? 'the last one' : `next: [${next.title}](${next.file}.md)`;
  const head = `# ${title}\n\nChapter ${number} of [Writing a program](writing-a-program.md); ${then}.\n`;
  expect(read('docs', `${file}.md`).slice(0, head.length)).toBe(head);
});
