/** Rendering in a thread: the same bytes wherever it is done, a short queue, a few files kept, nothing left behind. */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isChartlifeError } from '../../../contracts/errors.ts';
import { parseTrackId, type TrackId } from '../../../contracts/ids.ts';
import { sha256Hex } from '../../../runtime/files.ts';
import { SYNTHETIC_NOTE } from '../../../sources/replica/sound/label.ts';
import { encodeMp3 } from '../../../sources/replica/sound/mp3.ts';
import { renderPreview } from '../../../sources/replica/sound/renderPreview.ts';
import { SoundRenderer, type SoundRendererOptions } from '../../../sources/replica/sound/soundRenderer.ts';
import { type BuiltWorker, buildWorker } from '../../audio/buildWorker.ts';
import { ORDINARY, TRACK_IDS } from './sampleTracks.ts';

const run = promisify(execFile);
const FIRST = TRACK_IDS[0]!;
const forever = (): AbortSignal => new AbortController().signal;

let thread: BuiltWorker;
const renderers: SoundRenderer[] = [];
beforeAll(async () => {
  thread = await buildWorker('sources/replica/sound/renderThread.ts');
});
afterEach(async () => {
  for (const renderer of renderers.splice(0)) await renderer.close();
});
afterAll(() => thread.remove());

function start(threadPath = thread.workerPath, more: Pick<SoundRendererOptions, 'maxKept'> = {}): SoundRenderer {
  const renderer = new SoundRenderer({ threadPath, ...more });
  renderers.push(renderer);
  return renderer;
}

const track = (number: number): TrackId => parseTrackId(String(number).padStart(22, 'x'));

describe('the file', () => {
  it('has the same bytes from this thread, from two others and from another process', async () => {
    const here = sha256Hex(await encodeMp3(renderPreview(FIRST, ORDINARY), `Synthetic preview of track ${FIRST}`));
    const [one, other] = [start(), start()];
    // Another file before it, so that something could be left over.
    await other.render(track(1), ORDINARY, forever());
    const hashes = await Promise.all(
      [one, other].map(async (renderer) => sha256Hex(await renderer.render(FIRST, ORDINARY, forever()))),
    );
    const program = `
      import { createHash } from 'node:crypto';
      import { Worker } from 'node:worker_threads';
      const worker = new Worker(${JSON.stringify(thread.workerPath)}, { execArgv: [] });
      worker.on('message', ({ mp3 }) => {
        console.log(createHash('sha256').update(mp3).digest('hex'));
        process.exit();
      });
      worker.postMessage(${JSON.stringify({ trackId: FIRST, descriptors: ORDINARY })});`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program]);
    expect([...hashes, stdout.trim()]).toEqual([here, here, here]);
  });

  it('says in its tag that it is synthetic', async () => {
    const mp3 = Buffer.from(await start().render(FIRST, ORDINARY, forever()));
    expect(mp3.subarray(0, 5)).toEqual(Buffer.from('ID3\x04\x00', 'latin1'));
    expect(readFrames(mp3)).toEqual({ TIT2: `Synthetic preview of track ${FIRST}`, COMM: `eng\0${SYNTHETIC_NOTE}` });
    expect(SYNTHETIC_NOTE).toBe(
      "Synthetic: rendered by chartlife's replica from published descriptors, not a recording",
    );
  });
});

describe('the queue', () => {
  it('renders once what several ask for, and keeps the last few', async () => {
    const renderer = start(thread.workerPath, { maxKept: 8 });
    const both = await Promise.all([1, 1].map((number) => renderer.render(track(number), ORDINARY, forever())));
    expect(both[0]).toBe(both[1]);
    expect(renderer.numRendered).toBe(1);
    for (let number = 2; number <= 9; number += 1) {
      await renderer.render(track(number), ORDINARY, forever());
      // Asked for again and again, the first stays; the second goes.
      expect(await renderer.render(track(1), ORDINARY, forever())).toBe(both[0]);
    }
    expect(renderer.numRendered).toBe(9);
    await renderer.render(track(2), ORDINARY, forever());
    expect(renderer.numRendered).toBe(10);
  });

  it('forgets what nobody waits for any longer', async () => {
    const renderer = start();
    const leaving = new AbortController();
    const patient = renderer.render(track(1), ORDINARY, forever());
    const abandoned = Array.from({ length: 20 }, (_, i) => renderer.render(track(100 + i), ORDINARY, leaving.signal));
    const shared = [leaving.signal, forever()].map((signal) => renderer.render(track(2), ORDINARY, signal));
    const outcomes = Promise.allSettled([...abandoned, shared[0]!]);
    leaving.abort(new Error('gone'));
    expect((await outcomes).map((outcome) => outcome.status)).toEqual(Array.from({ length: 21 }, () => 'rejected'));
    await Promise.all([patient, shared[1]]);
    expect(renderer.numRendered).toBe(2);
    await expect(renderer.render(track(3), ORDINARY, leaving.signal)).rejects.toThrow('gone');
  });

  it('refuses more than it can do soon', async () => {
    const renderer = start();
    const asked = Array.from({ length: 40 }, (_, i) => renderer.render(track(i), ORDINARY, forever()));
    const refused = await Promise.allSettled(asked.slice(33));
    expect(
      refused.every((each) => each.status === 'rejected' && isChartlifeError(each.reason, 'SourceUnavailable')),
    ).toBe(true);
    const rest = Promise.allSettled(asked.slice(0, 33));
    await renderer.close();
    expect((await rest).every(({ status }) => status === 'rejected')).toBe(true);
    await expect(renderer.render(track(1), ORDINARY, forever())).rejects.toThrow('closed');
  });

  it('goes on after a job that fails', async () => {
    const renderer = start();
    await expect(renderer.render(track(1), { ...ORDINARY, tempoBpm: 0 }, forever())).rejects.toThrow(
      "can't sound like",
    );
    expect((await renderer.render(track(1), ORDINARY, forever())).length).toBeGreaterThan(200_000);
  });

  it('says where the thread is not built', () => {
    let error: unknown;
    try {
      start(path.join('nowhere', 'thread.js'));
    } catch (caught) {
      error = caught;
    }
    expect(isChartlifeError(error, 'SetupMissing')).toBe(true);
  });
});

/** The text frames of an ID3v2.4 tag, without their encoding byte. */
function readFrames(mp3: Buffer): Record<string, string> {
  const sevenBits = (at: number): number => [0, 1, 2, 3].reduce((sum, i) => sum * 128 + mp3[at + i]!, 0);
  const end = 10 + sevenBits(6);
  const frames: Record<string, string> = {};
  for (let at = 10; at < end; ) {
    const length = sevenBits(at + 4);
    frames[mp3.toString('latin1', at, at + 4)] = mp3.toString('utf8', at + 11, at + 10 + length);
    at += 10 + length;
  }
  return frames;
}
