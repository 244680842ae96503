/** The rendered sound as an MP3 file that says in its tag what it is. */
import { createMp3Encoder } from 'wasm-media-encoders';
import { SYNTHETIC_NOTE } from './label.ts';
import type { RenderedSound } from './renderPreview.ts';

export const MP3_CONTENT_TYPE = 'audio/mpeg';

const BITRATE_KBPS = 64;
/** LAME makes all sound it is given quieter by this factor, so that peaks stay below full scale. */
const ENCODER_GAIN = 0.95;
/** What the encoder is given at a time. */
const BLOCK_SAMPLES = 32_768;
const UTF8 = 3;

/** The same sound and title give the same bytes. */
export async function encodeMp3(
  { samples, sampleRateHz }: RenderedSound,
  title: string,
): Promise<Uint8Array<ArrayBuffer>> {
  // One of its own for each file: nothing that an encoder may remember gets into the next.
  const encoder = await createMp3Encoder();
  encoder.configure({ channels: 1, sampleRate: sampleRateHz, bitrate: BITRATE_KBPS });
  const parts: Uint8Array[] = [id3Tag({ TIT2: title, COMM: SYNTHETIC_NOTE })];
  for (let from = 0; from < samples.length; from += BLOCK_SAMPLES) {
    const block = samples.subarray(from, from + BLOCK_SAMPLES).map((sample) => sample / ENCODER_GAIN);
    // The encoder gives a view of its memory, which it writes over.
    parts.push(encoder.encode([block]).slice());
  }
  parts.push(encoder.finalize());
  return joined(parts);
}

/** ID3v2.4: text frames in UTF-8. */
function id3Tag(texts: Readonly<Record<'TIT2' | 'COMM', string>>): Uint8Array {
  const frames = Object.entries(texts).map(([id, text]) => {
    const language = id === 'COMM' ? 'eng\0' : '';
    const content = Buffer.concat([Buffer.of(UTF8), Buffer.from(`${language}${text}`, 'utf8')]);
    return Buffer.concat([Buffer.from(id, 'latin1'), sevenBitBytes(content.length), Buffer.of(0, 0), content]);
  });
  const body = Buffer.concat(frames);
  const header = Buffer.concat([Buffer.from('ID3', 'latin1'), Buffer.of(4, 0, 0), sevenBitBytes(body.length)]);
  return Buffer.concat([header, body]);
}

/** Four bytes of seven bits each, so that none looks like the start of sound. */
function sevenBitBytes(value: number): Buffer {
  return Buffer.from([21, 14, 7, 0].map((shift) => (value >> shift) & 0x7f));
}

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
