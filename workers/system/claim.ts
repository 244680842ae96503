/** One system a home: `system.json` is the claim, and what a killed system left behind is cleared away. */
import { link, rename, rm, writeFile } from 'node:fs/promises';
import { ChartlifeError } from '../../contracts/errors.ts';
import { systemErrorCode } from '../../runtime/files.ts';
import type { Home } from '../../runtime/home.ts';
import type { Logger } from '../../runtime/log.ts';
import { hasEndedWithin, isRunning, type ProcessRef, signalProcess } from '../../runtime/processes.ts';
import { readSystemState, readSystemStateAt, type SystemState, writeSystemState } from '../../runtime/systemFile.ts';

/** Children of a killed supervisor notice by themselves; they get so long before they are killed. */
const LEFTOVER_PATIENCE_MS = 12_000;
const KILLED_PATIENCE_MS = 5_000;

/** The home, taken by this process until {@link release}. */
export interface Claim {
  /** What the system before left in the file when it was killed; null if it ended well. Its ports are worth keeping. */
  readonly formerState: SystemState | null;
  /** Notes what runs now. */
  write(state: SystemState): Promise<void>;
  release(): Promise<void>;
}

/**
 * Takes a home. What a killed system left running is ended first, so that nothing writes beside the new one.
 *
 * @throws ChartlifeError AlreadyRunning if a system runs for the home.
 */
export async function claimHome(home: Home, firstState: SystemState, logger: Logger): Promise<Claim> {
  const formerState = await readSystemState(home);
  if (formerState !== null && (await isRunning(formerState.supervisor))) throw alreadyRunning(home, formerState);
  await removeStale(home);
  await createExclusively(home, firstState);
  if (formerState !== null) await endLeftovers(formerState, logger);
  return {
    formerState,
    write: (state) => writeSystemState(home, state),
    release: () => rm(home.systemPath, { force: true }),
  };
}

/** Moves a file that nobody stands behind out of the way. Of two processes that try, one finds it gone. */
async function removeStale(home: Home): Promise<void> {
  const stalePath = `${home.systemPath}.${process.pid}.stale`;
  try {
    await rename(home.systemPath, stalePath);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return;
    throw error;
  }
  const moved = await readSystemStateAt(stalePath);
  if (moved !== null && (await isRunning(moved.supervisor))) {
    // Another process claimed the home between our look and our move: it keeps it.
    await link(stalePath, home.systemPath).catch(() => undefined);
    await rm(stalePath, { force: true });
    throw alreadyRunning(home, moved);
  }
  await rm(stalePath, { force: true });
}

/** A hard link fails where the name is taken, so of two processes that come at once one gets it; and it is never half written. */
async function createExclusively(home: Home, state: SystemState): Promise<void> {
  const draftPath = `${home.systemPath}.${process.pid}.draft`;
  await writeFile(draftPath, `${JSON.stringify(state, null, 2)}\n`);
  try {
    await link(draftPath, home.systemPath);
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
    const winner = await readSystemState(home);
    throw alreadyRunning(home, winner ?? state);
  } finally {
    await rm(draftPath, { force: true });
  }
}

async function endLeftovers(state: SystemState, logger: Logger): Promise<void> {
  const leftovers: ProcessRef[] = [...state.workers];
  if (state.temporal.process !== null) leftovers.push(state.temporal.process);
  for (const leftover of leftovers) {
    if (await hasEndedWithin(leftover, LEFTOVER_PATIENCE_MS)) continue;
    logger.log('warn', 'a process of a system that was killed still runs: killing it', { pid: leftover.pid });
    await signalProcess(leftover, 'SIGKILL');
    await hasEndedWithin(leftover, KILLED_PATIENCE_MS);
  }
}

function alreadyRunning(home: Home, state: SystemState): ChartlifeError {
  return new ChartlifeError(
    'AlreadyRunning',
    `a system already runs for the home ${home.root} (process ${state.supervisor.pid}, since ${state.startedAt})`,
    {
      next: 'Use it as it is, stop it with Ctrl-C where it runs, or give another home with --home.',
      details: { home: home.root, pid: state.supervisor.pid },
    },
  );
}
