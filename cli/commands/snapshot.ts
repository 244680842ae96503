/** `chartlife snapshot`: the numbered states of the lake, and the ones that are to stay. */

import { Command } from 'commander';
import { type LakeSnapshot, PIN_NAME_RULE } from '../../contracts/lake.ts';
import type { CommandBuilder } from '../commandWork.ts';
import type { CommandContext } from '../context.ts';
import { widthOf } from '../effects.ts';
import { withExistingLake, withLake } from '../homeLake.ts';
import { wholeNumberOption } from '../options.ts';
import { plural } from '../output/numbers.ts';
import { renderTable } from '../output/textTable.ts';
import { resolveSnapshot } from '../resolveSnapshot.ts';

interface ListOptions {
  readonly pinned?: boolean;
  readonly limit?: number;
}

export const snapshotCommand: CommandBuilder = (act) => {
  const snapshot = new Command('snapshot')
    .summary('list and pin states of the lake')
    .description(
      'Every commit makes a numbered, unchanging snapshot of the lake. Nightly maintenance lets old ones go, never a pinned one.',
    );
  snapshot
    .command('list')
    .summary('list the snapshots, newest first')
    .description('List the snapshots that can be queried with `chartlife sql --at`, newest first.')
    .option('--pinned', 'only pinned ones')
    .addOption(wholeNumberOption('--limit <n>', 'at most so many (default: 20 on a terminal, else all)', 1))
    .option('--json', 'print one JSON array')
    .action(act(list));
  snapshot
    .command('pin')
    .summary('keep a snapshot under a name')
    .description('Keep a snapshot for good, under a name that `chartlife sql --at` knows.')
    .argument('<name>', PIN_NAME_RULE)
    .argument('[snapshot]', 'its number (default: the newest)')
    .option('--reason <text>', 'who needs it, and what for', 'pinned by hand')
    .option('--json', 'print the pinned snapshot as JSON')
    .action(act(pin));
  snapshot
    .command('unpin')
    .summary('let a pinned snapshot go')
    .description('Take a pin away. The next maintenance may let the snapshot go.')
    .argument('<name>', 'the name it was pinned under')
    .option('--json', 'print the name as JSON')
    .action(act(unpin));
  return snapshot;
};

async function list(context: CommandContext, options: ListOptions): Promise<undefined> {
  const { stdout } = context.effects;
  const all = await withLake(context, { mode: 'read' }, (lake) => lake.snapshots());
  const wanted = newestFirst(all).filter((snapshot) => options.pinned !== true || snapshot.pin !== null);
  const limit = options.limit ?? (stdout.isTerminal && !context.isJson ? 20 : wanted.length);
  const shown = wanted.slice(0, limit);
  if (context.isJson) {
    await context.printJson(shown);
    return;
  }
  await context.print(
    renderTable(
      [
        { header: 'snapshot', align: 'right' },
        { header: 'committed (UTC)' },
        { header: 'what', canShrink: true },
        { header: 'pin' },
        { header: 'reason', canShrink: true },
      ],
      shown.map((snapshot) => [
        String(snapshot.snapshotId),
        snapshot.committedAt.slice(0, 19).replace('T', ' '),
        snapshot.message ?? '',
        snapshot.pin?.name ?? '',
        snapshot.pin?.reason ?? '',
      ]),
      { width: widthOf(stdout), styleHeader: context.styles.dim },
    ),
  );
  if (shown.length < wanted.length) {
    await context.note(`${plural(wanted.length - shown.length, 'older snapshot')} not shown: --limit ${wanted.length}`);
  }
  const newest = shown[0];
  if (newest !== undefined) {
    await context.suggest(`chartlife sql --at ${newest.snapshotId} "select …"`, 'the lake as it was then');
  }
}

async function pin(
  context: CommandContext,
  name: string,
  snapshotText: string | undefined,
  options: { readonly reason: string },
): Promise<undefined> {
  const pinned = await withExistingLake(context, async (lake) => {
    const snapshotId =
      snapshotText === undefined
        ? (newestFirst(await lake.snapshots())[0]?.snapshotId ?? 0)
        : await resolveSnapshot(lake, snapshotText);
    await lake.pinSnapshot(snapshotId, name, options.reason);
    return { snapshotId, name, reason: options.reason };
  });
  if (context.isJson) await context.printJson(pinned);
  else await context.print(`snapshot ${pinned.snapshotId} is pinned as ${name}`);
  await context.suggest(`chartlife sql --at ${name} "select …"`, 'query the lake as it was then');
}

async function unpin(context: CommandContext, name: string): Promise<undefined> {
  await withExistingLake(context, (lake) => lake.unpinSnapshot(name));
  if (context.isJson) await context.printJson({ name });
  else await context.print(`${name} is no longer pinned`);
  await context.suggest('chartlife snapshot list --pinned', 'what is still pinned');
}

function newestFirst(snapshots: readonly LakeSnapshot[]): LakeSnapshot[] {
  return [...snapshots].sort((a, b) => b.snapshotId - a.snapshotId);
}
