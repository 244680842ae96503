/** `chartlife demo`: the whole pipeline on real charts of 2017-2019, lived through as a user would. */
import { Command } from 'commander';
import type { CommandBuilder } from '../commandWork.ts';
import { NUM_DEMO_NIGHTS } from '../demo/nights.ts';
import { wholeNumberOption } from '../options.ts';

export interface DemoOptions {
  readonly keep?: boolean;
  readonly nights?: number;
  readonly train?: boolean;
}

export const demoCommand: CommandBuilder = (act) =>
  new Command('demo')
    .summary('see the whole on real charts of 2017-2019, offline')
    .description(
      'Start a real server and workers on a local replica of kworb.net over real US charts (MIT, IAjimi/Spotify200), ' +
        'import the history up to 2019-10-31, live the 41 nights to 2019-12-11 by the Schedule, the last one with sound, ' +
        'train a small model on synthetic sound, forecast a debut with it, check, and ask three questions in SQL. Some ten ' +
        'minutes on two cores, nothing left running. Deletes the home of an earlier demo, and no other.',
    )
    .option('--keep', 'go on with the home of an earlier demo instead of a fresh one')
    .addOption(wholeNumberOption('--nights <n>', `live only the first n of the ${NUM_DEMO_NIGHTS} nights`, 1))
    .option('--no-train', 'leave the model out: two minutes')
    .action(
      act(async (context, options: DemoOptions) => {
        const { runDemo } = await import('../demo/runDemo.ts');
        return runDemo(context, options);
      }),
    );
