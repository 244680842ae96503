/** The system of a home: found where it runs, or started for one piece of work. */
import type { CalendarDate } from '../contracts/dates.ts';
import { ChartlifeError } from '../contracts/errors.ts';
import { type Settings, whyNotFetching } from '../contracts/settings.ts';
import { nativeCacheAt, nativeCacheRoot } from '../runtime/nativeParts.ts';
import { readRunningSystem } from '../runtime/systemFile.ts';
import { TEMPORAL_ADDRESS_VARIABLE } from '../runtime/temporalServer.ts';
import type { Control } from '../workers/control/control.ts';
import type { RunningSystem } from '../workers/system/startSystem.ts';
import type { CommandContext } from './context.ts';
import { Interrupted } from './effects.ts';

/**
 * Starts server and workers, and for the sample the replica on that day.
 *
 * @throws ChartlifeError AlreadyRunning, SetupMissing, ServerUnavailable, InvalidInput.
 */
export async function startHomeSystem(
  context: CommandContext,
  settings: Settings,
  sampleToday: CalendarDate | null,
): Promise<RunningSystem> {
  const { startSystem } = await import('../workers/system/startSystem.ts');
  const { env } = context.effects;
  return startSystem({
    home: context.home,
    settings,
    env,
    nativeCache: nativeCacheAt(nativeCacheRoot(env)),
    ...(sampleToday === null ? {} : { replica: await createSampleReplica(sampleToday) }),
  });
}

async function createSampleReplica(today: CalendarDate) {
  const { createReplica } = await import('../sources/replica/server.ts');
  const { loadSample } = await import('../data/sample/loadSample.ts');
  const { loadSampleTrackFacts } = await import('../data/sample/loadTrackFacts.ts');
  const [history, trackFacts] = await Promise.all([loadSample(), loadSampleTrackFacts()]);
  return createReplica({ histories: [history], today, trackFacts });
}

/** Connects to what runs for the home, works, and closes the connection. @throws ChartlifeError ServerUnavailable */
export async function withControl<T>(context: CommandContext, work: (control: Control) => Promise<T>): Promise<T> {
  const { connectToHome } = await import('../workers/control/control.ts');
  const control = await connectToHome(context.home, context.effects.env);
  try {
    return await work(control);
  } finally {
    await control.close();
  }
}

/** The same for a system that this process has started. */
export async function withControlOf<T>(system: RunningSystem, work: (control: Control) => Promise<T>): Promise<T> {
  const { connectToServer } = await import('../workers/control/control.ts');
  const control = await connectToServer(system.temporal);
  try {
    return await work(control);
  } finally {
    await control.close();
  }
}

/** Works on what runs for the home; where nothing does, starts it for the work and stops it afterwards. */
export async function withSystem<T>(
  context: CommandContext,
  settings: Settings,
  sampleToday: CalendarDate | null,
  work: (control: Control) => Promise<T>,
): Promise<T> {
  if (await isSystemRunning(context)) return withControl(context, work);
  await context.note(`Nothing runs for ${context.home.root}: starting it for this, and stopping it afterwards.`);
  const system = await startHomeSystem(context, settings, sampleToday);
  try {
    return await withControlOf(system, work);
  } finally {
    await system.stop();
  }
}

/** Whether `chartlife up` works on the home, or the environment names a cluster that does. */
export async function isSystemRunning(context: CommandContext): Promise<boolean> {
  if (context.effects.env[TEMPORAL_ADDRESS_VARIABLE]) return true;
  return (await readRunningSystem(context.home)) !== null;
}

/** @throws ChartlifeError InvalidInput where the settings name nothing that may be fetched. */
export function requireFetching(settings: Settings): void {
  const why = whyNotFetching(settings);
  if (why === null) return;
  throw new ChartlifeError('InvalidInput', why, {
    next: 'Name them: chartlife up --regions us,gb --contact you@example.org; or try the sample: chartlife up --sample',
  });
}

/** @throws Interrupted once Ctrl-C was pressed. */
export function throwIfInterrupted(context: CommandContext): void {
  if (context.effects.interruption.signal.aborted) throw new Interrupted('interrupted');
}
