/** The rendering thread: one preview at a time, its bytes handed over, not copied. */
import { parentPort } from 'node:worker_threads';
import { encodeMp3 } from './mp3.ts';
import type { RenderAnswer, RenderJob } from './renderMessages.ts';
import { renderPreview } from './renderPreview.ts';

parentPort?.on('message', (job: RenderJob) => void answer(job));

async function answer({ trackId, descriptors }: RenderJob): Promise<void> {
  try {
    const mp3 = await encodeMp3(renderPreview(trackId, descriptors), `Synthetic preview of track ${trackId}`);
    parentPort?.postMessage({ mp3 } satisfies RenderAnswer, [mp3.buffer]);
  } catch (error) {
    parentPort?.postMessage({ error: String(error) } satisfies RenderAnswer);
  }
}
