/** Hears one file in a thread, and says how fast that went and what of the file was lost. */
import type { AudioPool } from '../../audio/decode/pool.ts';
import type { Spectrogram } from '../../audio/fbank/fbank.ts';
import type { FeatureSettings } from '../../audio/features.ts';
import type { SoundFile } from '../../audio/soundFile.ts';
import { formatDuration } from '../../runtime/progress.ts';
import type { CommandContext } from '../context.ts';
import { withoutControls } from '../output/displayWidth.ts';
import { count } from '../output/numbers.ts';
import type { SoundFacts } from './facts.ts';
import type { FeatureOptions } from './options.ts';

export interface HeardSound {
  readonly spectrogram: Spectrogram;
  readonly facts: SoundFacts;
}

const MAX_SHOWN_LOSSES = 5;

/** @param work gets what it needs to hear the file */
export async function hear(
  context: CommandContext,
  input: string,
  options: FeatureOptions,
  work: (pool: AudioPool, settings: FeatureSettings) => Promise<SoundFile>,
): Promise<HeardSound> {
  const { AudioPool } = await import('../../audio/decode/pool.ts');
  const { featureSettings } = await import('../../audio/features.ts');
  const { describeDamage, formatSeconds, soundFacts } = await import('./facts.ts');
  const { clock } = context.effects;
  const progress = context.startProgress(`hearing ${withoutControls(input)}`, 'files', null);
  const startedMs = clock.monotonicMs();
  const pool = new AudioPool({ numThreads: 1 });
  let sound: SoundFile;
  try {
    sound = await work(pool, featureSettings(options));
  } finally {
    progress.finish();
    await pool.close();
  }
  const tookMs = clock.monotonicMs() - startedMs;
  const facts = soundFacts(sound, options);
  await context.note(`heard ${formatSeconds(facts.seconds)} in ${formatDuration(tookMs)}${pace(facts, tookMs)}`);
  if (facts.numLosses > 0) {
    await context.note([context.noteStyles.yellow(describeDamage(facts)), ...lossLines(facts)]);
  }
  return { spectrogram: sound.spectrogram, facts };
}

/** Empty for a sound so short that the start of the thread was most of the work. */
function pace({ seconds }: SoundFacts, tookMs: number): string {
  const timesAsFast = Math.round((1_000 * seconds) / Math.max(1, tookMs));
  return timesAsFast < 2 ? '' : `, ${count(timesAsFast)} times as fast as it plays`;
}

function lossLines({ losses, numLosses }: SoundFacts): string[] {
  const shown = losses.slice(0, MAX_SHOWN_LOSSES).map(({ what, atSeconds }) => {
    const where = atSeconds === null ? '' : `at ${atSeconds.toFixed(2)} s: `;
    return `  ${where}${withoutControls(what)}`;
  });
  const numMore = numLosses - shown.length;
  return numMore === 0 ? shown : [...shown, `  … ${count(numMore)} more`];
}
