/** The picture of a spectrogram: what stands in it, and what its pixels say. */
import { decode } from 'fast-png';
import { describe, expect, test } from 'vitest';
import { fbank, type Spectrogram } from '../../audio/fbank/fbank.ts';
import { fbankSettings, LOG_ENERGY_FLOOR } from '../../audio/fbank/settings.ts';
import { decibelGrid } from '../../audio/picture/decibels.ts';
import { type PictureLabels, renderSpectrogramPng, spectrogramSvg } from '../../audio/picture/spectrogramPicture.ts';

const PLAIN: PictureLabels = { title: 'a song', notes: [] };
/** Where a picture without subtitle and notes has its cells. */
const PLOT = { left: 76, top: 48, width: 1_024, height: 384 } as const;
const HANNING = fbankSettings({ window: 'hanning' });

function spectrogramOf(numFrames: number, valueAt: (frame: number, bin: number) => number): Spectrogram {
  const values = Float32Array.from({ length: numFrames * 128 }, (_, cell) =>
    valueAt(Math.floor(cell / 128), cell % 128),
  );
  return { numFrames, numMelBins: 128, values };
}

function sine(hz: number, numSamples: number): Float32Array {
  return Float32Array.from({ length: numSamples }, (_, index) => 0.5 * Math.sin((2 * Math.PI * hz * index) / 16_000));
}

interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Of the red, green and blue of the pixel in the middle of a share of the plot, from its left and its bottom. */
  readonly brightnessAt: (x: number, y: number) => number;
}

async function pixelsOf(spectrogram: Spectrogram): Promise<Pixels> {
  const { width, height, channels, data } = decode(await renderSpectrogramPng(spectrogram, PLAIN));
  return {
    width,
    height,
    brightnessAt(x, y) {
      const column = Math.floor(PLOT.left + x * PLOT.width);
      const row = Math.floor(PLOT.top + (1 - y) * PLOT.height);
      const at = (row * width + column) * channels;
      return data[at]! + data[at + 1]! + data[at + 2]!;
    },
  };
}

function textsOf(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text ?? '');
}

/** Where the mark with this label stands, in pixels from the top. */
function heightOf(svg: string, label: string): number {
  return Number(new RegExp(`<text[^>]* y="([\\d.]+)"[^>]*>${label}</text>`).exec(svg)?.[1]);
}

describe('the SVG', () => {
  const minute = spectrogramOf(6_000, () => 0);

  test('names the axes, their units and their marks', () => {
    const texts = textsOf(spectrogramSvg(minute, PLAIN));
    expect(texts).toEqual(expect.arrayContaining(['time [s]', '0', '10', '60']));
    expect(texts).toEqual(expect.arrayContaining(['frequency [Hz], mel scale', '100', '500', '1k', '2k', '4k', '8k']));
    expect(texts).toEqual(expect.arrayContaining(['energy [dB], 0 is the loudest', '−20', '−80']));
  });

  test('has title, subtitle and notes, whatever stands in them', () => {
    const svg = spectrogramSvg(minute, {
      title: 'Ангел & Ελπίδα <3',
      subtitle: 'as "heard"\u0000',
      notes: ['SYNTHETIC: rendered, not recorded', 'damaged'],
    });
    const texts = textsOf(svg);
    expect(texts[0]).toBe('Ангел &amp; Ελπίδα &lt;3');
    expect(texts[1]).toBe('as &quot;heard&quot; ');
    expect(texts.slice(2, 4)).toEqual(['SYNTHETIC: rendered, not recorded', 'damaged']);
  });

  test('has the mel marks where a sine of that frequency is', async () => {
    const svg = spectrogramSvg(minute, PLAIN);
    for (const [label, hz] of [
      ['500', 500],
      ['2k', 2_000],
    ] as const) {
      const spectrogram = fbank(sine(hz, 8_000), HANNING);
      const frame = spectrogram.values.subarray(128 * 20, 128 * 21);
      const loudestBin = frame.indexOf(Math.max(...frame));
      const middleOfBin = PLOT.top + PLOT.height * (1 - (loudestBin + 0.5) / 128);
      // A label's baseline lies some five pixels below its mark; a bin is three high.
      expect(Math.abs(heightOf(svg, label) - 13 * 0.36 - middleOfBin)).toBeLessThan(3);
    }
  });
});

describe('the PNG', () => {
  test('has the size of the SVG, and the same bytes for the same spectrogram', async () => {
    const spectrogram = fbank(sine(440, 16_000), HANNING);
    const { width, height } = await pixelsOf(spectrogram);
    expect([width, height]).toEqual([1_200, PLOT.top + PLOT.height + 52]);
    const [first, second] = await Promise.all([
      renderSpectrogramPng(spectrogram, PLAIN),
      renderSpectrogramPng(spectrogram, PLAIN),
    ]);
    expect(Buffer.compare(first, second)).toBe(0);
  });

  test('shows louder cells brighter, time to the right and frequency upwards', async () => {
    // Louder to the right, and by half as much upwards.
    const { brightnessAt } = await pixelsOf(spectrogramOf(100, (frame, bin) => frame / 10 + bin / 25));
    const rightwards = [0.005, 0.255, 0.505, 0.755, 0.995].map((x) => brightnessAt(x, 0.5));
    const upwards = [0.01, 0.25, 0.5, 0.75, 0.99].map((y) => brightnessAt(0.505, y));
    for (const values of [rightwards, upwards]) {
      expect(new Set(values).size).toBe(values.length);
      expect(values.toSorted((a, b) => a - b)).toEqual(values);
    }
  });

  test('shows a single loud frame of many, and keeps its place', async () => {
    const { brightnessAt } = await pixelsOf(spectrogramOf(120_000, (frame) => (frame === 30_010 ? 6 : -6)));
    expect(brightnessAt(30_010 / 120_000, 0.3)).toBeGreaterThan(brightnessAt(0.4, 0.3) + 200);
  });

  test('shows 80 dB: what is below is as dark as silence', async () => {
    const perDecibel = Math.LN10 / 10;
    const levels = [0, -40, -79, -81, -100];
    const { brightnessAt } = await pixelsOf(spectrogramOf(5, (frame) => 5 + levels[frame]! * perDecibel));
    const shown = levels.map((_, index) => brightnessAt((index + 0.45) / 5, 0.3));
    expect(shown.slice(0, 4).toSorted((a, b) => b - a)).toEqual(shown.slice(0, 4));
    expect(new Set(shown.slice(0, 4)).size).toBe(4);
    expect(shown[4]).toBe(shown[3]);
  });

  test.each([1, 2, 1_023, 1_024, 1_025])('of %d frames is filled from edge to edge', async (numFrames) => {
    const { brightnessAt } = await pixelsOf(spectrogramOf(numFrames, () => 1));
    expect(brightnessAt(0.002, 0.99)).toBeGreaterThan(600);
    expect(brightnessAt(0.998, 0.01)).toBeGreaterThan(600);
  });

  test('of silence is dark and says so', async () => {
    const silence = fbank(new Float32Array(8_000), HANNING);
    const { brightnessAt } = await pixelsOf(silence);
    expect(brightnessAt(0.3, 0.3)).toBeLessThan(20);
    expect(textsOf(spectrogramSvg(silence, PLAIN))).toContain('silence');
  });
});

describe('decibels', () => {
  test('are those of the mean energy where frames share a column', () => {
    const { numColumns, decibels } = decibelGrid(
      spectrogramOf(4, (frame) => Math.log([1, 3, 8, 8][frame]!)),
      2,
    );
    expect(numColumns).toBe(2);
    expect(decibels[0]).toBeCloseTo(10 * Math.log10(2 / 8), 5);
    expect(decibels[128]).toBe(0);
  });

  test('of the row in which no frequency is measured are those of the row below', () => {
    const { decibels } = decibelGrid(
      spectrogramOf(1, (_frame, bin) => (bin === 3 ? LOG_ENERGY_FLOOR : bin / 10)),
      10,
    );
    expect(decibels[3]).toBe(decibels[2]);
    expect(decibels[4]).toBeGreaterThan(decibels[3]!);
  });

  test('are none at the floor', () => {
    const grid = decibelGrid(
      spectrogramOf(2, (frame) => (frame === 0 ? LOG_ENERGY_FLOOR : 0)),
      10,
    );
    expect(grid.decibels[0]).toBe(Number.NEGATIVE_INFINITY);
    expect(grid.isSilent).toBe(false);
  });
});
