/** The demo's sound: the refresh of the last night goes on to it, and one spectrogram is shown. */
import path from 'node:path';
import { parseTrackId } from '../../contracts/ids.ts';
import type { Settings } from '../../contracts/settings.ts';
import type { Lake } from '../../data/lake/types.ts';
import { writeSettings } from '../../runtime/settings.ts';
import type { CommandContext } from '../context.ts';
import { queryRows } from '../queryRows.ts';

/** Two shards' worth. */
export const NUM_DEMO_SOUNDS = 32;

/** As it was: nothing is asked for until somebody turns a source on. */
export async function turnSoundOff(context: CommandContext, settings: Settings): Promise<void> {
  await writeSettings(context.home, settings);
}

/** From the next night on. The replica's sound is synthetic, and is labelled so wherever it goes. */
export async function turnSoundOn(context: CommandContext, settings: Settings): Promise<void> {
  const sound = { ...settings.sound, sources: ['spotify'], maxTracksPerNight: NUM_DEMO_SOUNDS } as const;
  await writeSettings(context.home, { ...settings, sound });
  await context.print(
    context.styles.yellow(
      'Synthetic sound: rendered on this machine from each track’s published descriptors, no recording.',
    ),
  );
}

const MOST_STREAMED_SQL = `
  select track_id, title
  from spectrogram
  join new_entry using (track_id)
  join track using (track_id)
  order by streams desc nulls last, track_id
  limit 1`;

/** Draws the one that was streamed most, where there is any. */
export async function showSpectrogram(context: CommandContext, lake: Lake): Promise<void> {
  const [row] = await queryRows(lake, MOST_STREAMED_SQL);
  if (row === undefined) return;
  const { drawTrack } = await import('../audio/drawTrack.ts');
  const picturePath = path.join(context.home.root, 'spectrogram.png');
  await drawTrack(context, lake, parseTrackId(String(row.track_id)), picturePath);
  await context.print(['', `The spectrogram of “${String(row.title)}” (synthetic): ${picturePath}`]);
}
