/** SVG to PNG. All text is in DejaVu Sans, which comes with us: the same pixels on every machine. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { initWasm, Resvg } from '@resvg/resvg-wasm';

const FONT_FAMILY = 'DejaVu Sans';
const FONT_FILES = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf'] as const;

const { resolve } = createRequire(import.meta.url);
let fonts: Promise<Uint8Array[]> | undefined;

/** The PNG has the SVG's own size. Letters that the font lacks show as boxes. */
export async function renderPng(svg: string): Promise<Uint8Array> {
  fonts ??= load();
  const fontBuffers = await fonts;
  const picture = new Resvg(svg, {
    font: { fontBuffers, defaultFontFamily: FONT_FAMILY, sansSerifFamily: FONT_FAMILY },
  });
  try {
    const rendered = picture.render();
    try {
      return rendered.asPng();
    } finally {
      rendered.free();
    }
  } finally {
    picture.free();
  }
}

/** Once in a process: the renderer refuses to be set up twice. */
async function load(): Promise<Uint8Array[]> {
  const [, ...files] = await Promise.all([
    initWasm(readFile(resolve('@resvg/resvg-wasm/index_bg.wasm'))),
    ...FONT_FILES.map((file) => readFile(resolve(`dejavu-fonts-ttf/ttf/${file}`))),
  ]);
  return files;
}
