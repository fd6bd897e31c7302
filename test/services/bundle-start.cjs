// Starts a bundled program with the code that earlier starts have compiled. Plain JavaScript, because Node runs it.
const { existsSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { createRequire } = require('node:module');
const { dirname } = require('node:path');
const { Script } = require('node:vm');

const [, , file = '', wish] = process.argv;
const cache = `${file}.cache`;
const parameters = ['exports', 'require', 'module', '__filename', '__dirname'];
const script = new Script(`(function (${parameters}) {${readFileSync(file, 'utf8')}\n})`, {
  filename: file,
  ...(existsSync(cache) ? { cachedData: readFileSync(cache) } : {}),
});
const keepCompiledCode = () => {
  // Renamed, because others that start meanwhile read it.
  writeFileSync(`${cache}.new`, script.createCachedData());
  renameSync(`${cache}.new`, cache);
};
Object.assign(globalThis, { keepCompiledCode });
const bundled = { exports: {} };
script.runInThisContext()(bundled.exports, createRequire(file), bundled, file, dirname(file));
if (wish === 'cache') {
  keepCompiledCode();
  process.exit(0);
}
