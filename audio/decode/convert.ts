/** Sound of one rate and number of channels as a part of sound of others. */
import { resample } from '../resample.ts';
import type { DecodedAudio, SoundCollector } from './decoded.ts';
import { type AudioLimits, refuseLargeSound } from './limits.ts';

export interface SoundForm {
  readonly sampleRateHz: number;
  readonly numChannels: number;
}

/**
 * Adds all of `part`, with its losses at their place in the whole.
 *
 * @param form of the whole
 * @throws ChartlifeError AudioTooLarge
 */
export function addConverted(sound: SoundCollector, part: DecodedAudio, form: SoundForm, limits: AudioLimits): void {
  const { sampleRateHz } = form;
  const numSamples = Math.ceil(((part.channels[0]?.length ?? 0) * sampleRateHz) / part.sampleRateHz);
  refuseLargeSound({ ...form, numSamples: sound.numSamples + numSamples }, limits, 'its links make');
  const startSeconds = sound.numSamples / sampleRateHz;
  const channelData = part.channels.map((channel) => resample(channel, part.sampleRateHz, sampleRateHz));
  sound.add({ channelData: remixed(channelData, form.numChannels), sampleRate: sampleRateHz });
  const numSamplesLost = Math.round((part.numSamplesLost * sampleRateHz) / part.sampleRateHz);
  for (const [index, { what, atSeconds }] of part.losses.entries()) {
    sound.lose(what, atSeconds === null ? null : startSeconds + atSeconds, index === 0 ? numSamplesLost : 0);
  }
}

/** One channel as each of many, or the mean of many as each: which of them stands for which nobody says. */
function remixed(channels: readonly Float32Array[], numChannels: number): Float32Array[] {
  const [first = new Float32Array(0)] = channels;
  const mono =
    channels.length === 1
      ? first
      : first.map((_, index) => channels.reduce((sum, channel) => sum + channel[index]!, 0) / channels.length);
  return Array.from({ length: numChannels }, () => mono);
}
