import { spawnSync } from 'node:child_process';
import { fromPackageRoot } from '../../src/package-root.ts';

/** A Python that has the module: the one in .venv of this folder, else the machine's own. */
export function pythonWith(module: string): string | undefined {
  const candidates = [fromPackageRoot('.venv/bin/python'), 'python3'];
  return candidates.find((each) => {
    const found = `import importlib.util, sys; sys.exit(importlib.util.find_spec('${module}') is None)`;
    return spawnSync(each, ['-c', found], { stdio: 'ignore' }).status === 0;
  });
}
