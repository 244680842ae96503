/** `chartlife audio verify`: every stored spectrogram read back and compared with its hash. */
import { Command } from 'commander';
import { ERROR_TYPES } from '../../../contracts/errors.ts';
import type { VerifyReport } from '../../audio/verifyShards.ts';
import type { CommandBuilder } from '../../commandWork.ts';
import type { CommandContext } from '../../context.ts';
import { EXIT_DONE } from '../../exitCodes.ts';
import { withLake } from '../../homeLake.ts';
import { throwIfInterrupted } from '../../homeSystem.ts';
import { count, plural } from '../../output/numbers.ts';

interface VerifyOptions {
  readonly prune?: boolean;
}

const MAX_LISTED = 20;

export const verifyCommand: CommandBuilder = (act) =>
  new Command('verify')
    .summary('read every spectrogram back and check its hash')
    .description(
      'Read every shard of spectrograms whole and compare it, and each spectrogram in it, with its SHA-256 in the lake. A ' +
        'damaged shard is put aside under another name, so that nothing reads it; the next night, or `audio fetch`, makes ' +
        'it again. Ends with 5 where anything is missing or damaged.',
    )
    .option('--prune', 'delete files that no snapshot of the lake refers to')
    .option('--json', 'print one JSON object')
    .action(act(verify));

async function verify(context: CommandContext, options: VerifyOptions): Promise<number> {
  const { verifyShards } = await import('../../audio/verifyShards.ts');
  const { interruption } = context.effects;
  interruption.drainsItself();
  const progress = context.startProgress('verify', 'spectrograms', null);
  let report: VerifyReport;
  try {
    report = await withLake(context, { mode: 'read' }, (lake) =>
      verifyShards({
        lake,
        spectrogramsDir: context.home.spectrogramsDir,
        prunes: options.prune === true,
        signal: interruption.signal,
        onProgress: (numDone, numAll) => progress.update(numDone, undefined, numAll),
      }),
    );
  } finally {
    progress.finish();
  }
  throwIfInterrupted(context);
  if (context.isJson) await context.printJson(report);
  else await context.print(describe(report, context));
  if (report.broken.length === 0) return EXIT_DONE;
  await suggestRepair(context, report);
  return ERROR_TYPES.CheckFailed.exitCode;
}

/** What came from the user's own files only they can bring again; sources and settings must be chosen again first. */
async function suggestRepair(context: CommandContext, { broken }: VerifyReport): Promise<void> {
  const { featureSettings, featureVersion } = await import('../../../audio/features.ts');
  const { readSettings } = await import('../../../runtime/settings.ts');
  const { sound, source } = await readSettings(context.home);
  const version = featureVersion(featureSettings(sound));
  if (broken.some(({ sources }) => sources.includes('folder'))) {
    await context.suggest('chartlife audio add DIR', 'make again what came from files of your own');
  }
  const live = [...new Set(broken.flatMap(({ sources }) => sources))].filter((origin) => origin !== 'folder');
  // The replica stands in for whichever sources are on.
  const isOff = (origin: string): boolean =>
    source.kind === 'replica' ? sound.sources.length === 0 : !sound.sources.some((name) => name === origin);
  const off = live.filter(isOff);
  if (off.length > 0) {
    const names = [...new Set([...sound.sources, ...off.map((origin) => (origin === 'replica' ? 'spotify' : origin))])];
    await context.suggest(`chartlife audio source ${names.join(',')}`, 'turn on where they came from');
  }
  if (live.length > 0) {
    await context.suggest('chartlife audio fetch', 'make them again (the next night does so by itself)');
  }
  if (broken.some((shard) => shard.featureVersion !== version)) {
    await context.note(
      '      Some were made with another window or other channels: choose those first, with chartlife audio source.',
    );
  }
}

function describe(report: VerifyReport, { styles }: CommandContext): string[] {
  const { broken, strays } = report;
  const megabytes = (report.numBytes / 1e6).toFixed(1);
  const numLost = broken.reduce((sum, { trackIds }) => sum + trackIds.length, 0);
  return [
    `${plural(report.numShards, 'shard')}, ${plural(report.numSpectrograms, 'spectrogram')}, ${megabytes} MB: ` +
      (broken.length === 0
        ? styles.green('all whole')
        : styles.red(`${count(broken.length)} broken, with ${plural(numLost, 'spectrogram')}`)),
    ...broken
      .slice(0, MAX_LISTED)
      .flatMap(({ file, why, putAsideAs, trackIds }) => [
        `  ${styles.yellow(file)}`,
        `    ${why}${putAsideAs === null ? '' : `; put aside as ${putAsideAs}`}`,
        `    tracks ${trackIds.slice(0, 3).join(', ')}${trackIds.length > 3 ? ` and ${trackIds.length - 3} more` : ''}`,
      ]),
    ...(broken.length > MAX_LISTED ? [`  … ${count(broken.length - MAX_LISTED)} more: --json has all`] : []),
    ...(strays.length === 0
      ? []
      : [
          `${plural(strays.length, 'file')} that no snapshot refers to, ${(report.strayBytes / 1e6).toFixed(1)} MB: ` +
            (report.isPruned ? 'deleted' : 'add --prune to delete them'),
        ]),
  ];
}
