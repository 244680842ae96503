/** The process's side of `chartlife`: streams, signals, exit. The one file of cli/ that knows `process`. */
import { createProcessEffects } from './processEffects.ts';
import { runCli } from './run.ts';

const effects = createProcessEffects();
const exitCode = await runCli(process.argv.slice(2), effects);
await Promise.all([effects.stdout.write(''), effects.stderr.write('')]).catch(() => undefined);
// Native libraries may keep handles open: all that was promised is written, so end here.
process.exit(exitCode);
