import { expect, it } from 'vitest';
import { chartlife } from './captureEffects.ts';

it('is laid out for 80 columns', async () => {
  const { stdout } = await chartlife(['--help'], { columns: 80 });
  // The exit codes follow the list of errors: tested in reportError.test.ts.
  const [text] = stdout.split('Exit codes:');
  expect(text).toMatchInlineSnapshot(`
    "Usage: chartlife [options] [command]

    Follows songs through the Spotify charts: a durable nightly refresh into a
    Parquet lake.

    Options:
      -V, --version                print the version
      --home <dir>                 the folder that holds everything: lake, server
                                   state, pages (default: CHARTLIFE_HOME, else the
                                   nearest .chartlife)
      -h, --help                   print help

    Run:
      demo [options]               see the whole on real charts of 2017-2019,
                                   offline
      up [options]                 run everything: server, workers, Schedules
      ingest [options]             refresh now, without waiting for the night
      schedule                     when refreshes run
      backfill [options]           parse archived pages again

    Look:
      status [options]             what runs, what the lake has, what needs a look
      doctor [options]             try every part, and say what to do
      sql [options] [query]        query the lake
      snapshot                     list and pin states of the lake

    Learn:
      train [options] <recipe...>  train MP2, then MP3, on a snapshot of the lake
      runs                         training runs: list, watch, compare, reproduce
      forecast [options] [track]   what a model says of the weeks to come

    Files:
      import [options] <files...>  bring in chart history from files
      parse [options] <file>       read a saved kworb page
      audio                        sound files and their spectrograms
      model                        models of sound and their weights

    Help:
      help [command]               print help of a command

    "
  `);
});

it.each([
  'demo',
  'up',
  'ingest',
  'schedule',
  'backfill',
  'status',
  'doctor',
  'sql',
  'snapshot',
  'import',
  'model',
  'model embed',
  'model show',
  'parse',
  'runs',
  'runs show',
  'runs sweep',
  'runs watch',
  'train',
  'audio',
  'audio add',
  'audio fbank',
  'audio fetch',
  'audio show',
  'audio source',
  'audio verify',
])('of %s fits 80 columns', async (verb) => {
  const { exitCode, stdout } = await chartlife([...verb.split(' '), '--help'], { columns: 80 });
  expect(exitCode).toBe(0);
  const lines = stdout.split('\n').filter((line) => !line.startsWith('  chartlife '));
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
});
