/** A process that uses a pool, does not close it, and has nothing else to do. */
import { readFile } from 'node:fs/promises';
import { AudioPool } from '../../../audio/decode/pool.ts';
import { featureSettings } from '../../../audio/features.ts';
import { setChecksum } from '../oggPage.ts';
import { sineWave } from '../waves.ts';

const [workerPath = '', opus = ''] = process.argv.slice(2);
const pool = new AudioPool({ numThreads: 2, workerPath });
const settings = featureSettings({ window: 'hanning' });
await pool.features(sineWave(1_600), settings);
const bytes = await readFile(opus);
// A page whose first packet can't be, under a right checksum: the decoder prints that it is so.
const start = bytes.indexOf('OggS', 5_000);
const page = bytes.subarray(start, bytes.indexOf('OggS', start + 4));
page.fill(0xff, 27 + page[26]!, 40 + page[26]!);
setChecksum(page);
const { decoded } = await pool.features(bytes, settings);
if (decoded.numLosses === 0) throw new Error('no damage was told');
console.log('done');
