// Preloaded into a process: at its end, names the npm packages it has loaded, in the file that LOADED_MODULES names.
const { writeFileSync } = require('node:fs');
const Module = require('node:module');

process.on('exit', () => {
  const { sharedObjects } = process.report.getReport();
  const files = [...Object.keys(Module._cache), ...sharedObjects];
  const names = files.flatMap((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []);
  writeFileSync(process.env.LOADED_MODULES, JSON.stringify([...new Set(names)]));
});
