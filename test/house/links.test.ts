import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from '@jest/globals';
import { fromPackageRoot } from '../../src/package-root.ts';

const listed = (folder: string, file: (name: string) => string) =>
  readdirSync(fromPackageRoot(folder)).map((name) => join(folder, file(name)));

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...listed('docs', (name) => name),
  ...listed('docs/adr', (name) => name),
  ...listed('connectors', (name) => join(name, 'README.md')),
].filter((file) => file.endsWith('.md') && existsSync(fromPackageRoot(file)));

/** Without code, in which brackets are no links and a # begins no heading. */
function textOf(file: string): string {
  return readFileSync(fromPackageRoot(file), 'utf8').replaceAll(/^```[\s\S]*?^```/gm, '');
}

/** The anchors of a page's headings, as GitHub makes them; of headings that are the same, numbered. */
function anchorsOf(file: string): Set<string> {
  const seen = new Map<string, number>();
  const headings = [...textOf(file).matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading!);
  return new Set(
    headings.map((heading) => {
      const plain = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
      const anchor = plain
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replaceAll(' ', '-');
      const before = seen.get(anchor) ?? 0;
      seen.set(anchor, before + 1);
      return before === 0 ? anchor : `${anchor}-${before}`;
    }),
  );
}

function linksOf(file: string): string[] {
  const inText = textOf(file).replaceAll(/`[^`\n]*`/g, '');
  return [...inText.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link]) => link!)
    .filter((link) => !/^[a-z]+:/.test(link));
}

function leadsSomewhere(from: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? from : join(dirname(from), path);
  if (!existsSync(fromPackageRoot(target))) return false;
  return anchor === undefined || anchorsOf(target).has(anchor);
}

it('finds pages and links', () => {
  expect(pages.length).toBeGreaterThan(20);
  expect(pages.flatMap(linksOf).length).toBeGreaterThan(100);
});

it.each(pages)('%s links to pages and headings that there are', (page) => {
  expect(linksOf(page).filter((link) => !leadsSomewhere(page, link))).toEqual([]);
});
