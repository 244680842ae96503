/** A thread that makes spectrograms of the replica's synthetic sound: render, 16 kHz, filterbank. */
import { parentPort } from 'node:worker_threads';
import { fbank } from '../../../audio/fbank/fbank.ts';
import { SAMPLE_RATE_HZ } from '../../../audio/fbank/settings.ts';
import { computeFeatures, featureSettings } from '../../../audio/features.ts';
import { resample } from '../../../audio/resample.ts';
import { sha256Hex } from '../../../runtime/files.ts';
import { encodeMp3 } from '../../../sources/replica/sound/mp3.ts';
import { renderPreview } from '../../../sources/replica/sound/renderPreview.ts';
import type { HeardSound, SoundAnswer, SoundJob } from './soundMessages.ts';

parentPort?.on('message', (job: SoundJob) => void answer(job));

async function answer(job: SoundJob): Promise<void> {
  try {
    const heard = await hear(job);
    parentPort?.postMessage(heard satisfies SoundAnswer, [heard.values.buffer]);
  } catch (error) {
    parentPort?.postMessage({ error: String(error) } satisfies SoundAnswer);
  }
}

async function hear({ trackId, descriptors, numMelBins, throughMp3 }: SoundJob): Promise<HeardSound> {
  const settings = featureSettings({ window: 'hanning', numMelBins });
  const sound = renderPreview(trackId, descriptors);
  if (throughMp3) {
    const mp3 = await encodeMp3(sound, `Synthetic preview of track ${trackId}`);
    const { spectrogram, audioSha256 } = await computeFeatures(mp3, settings);
    return { numFrames: spectrogram.numFrames, values: Float32Array.from(spectrogram.values), audioSha256 };
  }
  const { numFrames, values } = fbank(resample(sound.samples, sound.sampleRateHz, SAMPLE_RATE_HZ), settings);
  const audioSha256 = sha256Hex(new Uint8Array(sound.samples.buffer));
  return { numFrames, values: Float32Array.from(values), audioSha256 };
}
