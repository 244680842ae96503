/** Draws what was heard. */
import type { Spectrogram } from '../../audio/fbank/fbank.ts';
import { renderSpectrogramPng } from '../../audio/picture/spectrogramPicture.ts';
import { writeFileAtomic } from '../../runtime/files.ts';
import { describeDamage, describeSound, type SoundFacts } from './facts.ts';

/** @throws ChartlifeError DiskFull */
export async function drawSound(
  outputPath: string,
  title: string,
  spectrogram: Spectrogram,
  facts: SoundFacts,
): Promise<void> {
  const notes = facts.numLosses === 0 ? [] : [describeDamage(facts)];
  const png = await renderSpectrogramPng(spectrogram, { title, subtitle: describeSound(facts).join('; '), notes });
  await writeFileAtomic(outputPath, png);
}
