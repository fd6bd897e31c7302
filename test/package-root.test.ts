import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { codeRoot, fromPackageRoot, packageRoot } from '../src/package-root.ts';

describe('package root', () => {
  it('is the folder of package.json, and of the code when it runs from the source', () => {
    expect(existsSync(join(packageRoot, 'package.json'))).toBe(true);
    expect(codeRoot).toBe(packageRoot);
    expect(fromPackageRoot('src', 'package-root.ts')).toBe(join(codeRoot, 'src/package-root.ts'));
  });
});
