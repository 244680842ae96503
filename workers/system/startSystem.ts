/** What `chartlife up` runs: a Temporal server (or somebody's cluster), the workers, and the replica if it is asked for. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { Settings } from '../../contracts/settings.ts';
import type { Environment } from '../../runtime/executables.ts';
import { type Home, STORE_VARIABLE } from '../../runtime/home.ts';
import { type Logger, openLogFile } from '../../runtime/log.ts';
import type { NativeCache } from '../../runtime/nativeParts.ts';
import { findProcess, type ProcessRef } from '../../runtime/processes.ts';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';
import { writeSettings } from '../../runtime/settings.ts';
import type { SystemState } from '../../runtime/systemFile.ts';
import { resolveTemporalServer } from '../../runtime/temporalServer.ts';
import type { Replica } from '../../sources/replica/replica.ts';
import { HOME_VARIABLE } from '../environment.ts';
import { API_KEY_VARIABLE, NAMESPACE_VARIABLE, type TemporalTarget, targetAt } from '../temporalTarget.ts';
import { type Claim, claimHome } from './claim.ts';
import { freePort, LOOPBACK } from './ports.ts';
import { createTemporalServer, type TemporalServerProcess } from './temporalServer.ts';
import { createWorkerProcess } from './workerProcess.ts';

/** Temporal's own default ports, where they are free. */
export const DEFAULT_PORT = 7233;
export const DEFAULT_UI_PORT = 8233;
/** A port can be taken between the look and the server's start. */
const MAX_SERVER_STARTS = 3;

interface WorkerKind {
  readonly name: string;
  /** Its file of dist/workers/, and of the logs. */
  readonly entry: string;
  readonly logName: string;
}

const INGEST_WORKER: WorkerKind = { name: 'ingest worker', entry: 'ingest.js', logName: 'worker' };
const FEATURES_WORKER: WorkerKind = { name: 'features worker', entry: 'features.js', logName: 'features' };
const TRAIN_WORKER: WorkerKind = { name: 'train worker', entry: 'train.js', logName: 'train' };

export interface SystemOptions {
  readonly home: Home;
  /** Written to the home, so that workers and other commands read the same. */
  readonly settings: Settings;
  readonly nativeCache: NativeCache;
  readonly env: Environment;
  /** Served from this process, on the port that the settings name if it is free; `settings.source` follows it. */
  readonly replica?: Replica;
  /** How many ingest workers. Default 1: a home's commits go one after the other in any case. */
  readonly numWorkers?: number;
}

export interface RunningSystem {
  readonly temporal: TemporalTarget;
  /** Temporal's web pages; null for a cluster that was not started here. */
  readonly uiUrl: string | null;
  readonly replicaUrl: string | null;
  /** As they were given, but for the replica's address. */
  readonly settings: Settings;
  /** What runs at this moment, for those who want to see it die and come back. */
  readonly temporalPid: number | null;
  readonly workerPids: readonly number[];
  readonly featuresWorkerPid: number | null;
  readonly trainWorkerPid: number | null;
  /** Drains the workers, then ends the server. Nothing is left running. Safe to call twice. */
  stop(): Promise<void>;
}

/**
 * Starts everything and waits until a workflow can run. Whatever dies later is started again; whatever is running when
 * this process is killed notices and ends by itself.
 *
 * @throws ChartlifeError AlreadyRunning, SetupMissing, ServerUnavailable, InvalidInput. Nothing is left running then.
 */
export async function startSystem(options: SystemOptions): Promise<RunningSystem> {
  await mkdir(options.home.logsDir, { recursive: true });
  const supervisor = await findProcess(process.pid);
  if (supervisor === null) throw new Error('this process does not find itself');
  const system = new System(options, supervisor);
  try {
    await system.start();
  } catch (error) {
    await system.stop();
    throw error;
  }
  return system;
}

class System implements RunningSystem {
  readonly #options: SystemOptions;
  readonly #supervisor: ProcessRef;
  readonly #startedAt = new Date().toISOString();
  readonly #logger: Logger & { close(): void };
  readonly #toStop: (() => Promise<void>)[] = [];
  readonly #workers: { readonly pid: number | null }[] = [];
  readonly #featuresWorkers: { readonly pid: number | null }[] = [];
  readonly #trainWorkers: { readonly pid: number | null }[] = [];
  #claim: Claim | null = null;
  #server: TemporalServerProcess | null = null;
  #stopped: Promise<void> | null = null;
  temporal: TemporalTarget = targetAt('', undefined, undefined);
  uiUrl: string | null = null;
  replicaUrl: string | null = null;
  settings: Settings;

  constructor(options: SystemOptions, supervisor: ProcessRef) {
    this.#options = options;
    this.#supervisor = supervisor;
    this.#logger = openLogFile(path.join(options.home.logsDir, 'system.log'));
    this.settings = options.settings;
  }

  get temporalPid(): number | null {
    return this.#server?.pid ?? null;
  }

  get workerPids(): readonly number[] {
    return this.#workers.flatMap(({ pid }) => (pid === null ? [] : [pid]));
  }

  get featuresWorkerPid(): number | null {
    return this.#featuresWorkers[0]?.pid ?? null;
  }

  get trainWorkerPid(): number | null {
    return this.#trainWorkers[0]?.pid ?? null;
  }

  async start(): Promise<void> {
    const { home, env } = this.#options;
    this.#claim = await claimHome(home, await this.#state(), this.#logger);
    this.#toStop.push(() => this.#claim?.release() ?? Promise.resolve());
    await this.#startReplica();
    await writeSettings(home, this.settings);

    const server = await resolveTemporalServer(env);
    const namespace = env[NAMESPACE_VARIABLE];
    if (server.kind === 'cluster') this.temporal = targetAt(server.address, namespace, env[API_KEY_VARIABLE]);
    else await this.#startServer(server.path, targetAt('', namespace, undefined).namespace);

    for (let number = 0; number < (this.#options.numWorkers ?? 1); number++) {
      await this.#startWorker(INGEST_WORKER, this.#workers);
    }
    // The first has made the lake by now.
    await Promise.all([
      this.#startWorker(FEATURES_WORKER, this.#featuresWorkers),
      this.#startWorker(TRAIN_WORKER, this.#trainWorkers),
    ]);
    await this.#note();
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stopAll();
    return this.#stopped;
  }

  /** The last one started first: workers drain while the server and the replica still answer. */
  async #stopAll(): Promise<void> {
    for (let stop = this.#toStop.pop(); stop !== undefined; stop = this.#toStop.pop()) await stop();
    this.#logger.log('info', 'stopped');
    this.#logger.close();
  }

  async #startReplica(): Promise<void> {
    const { replica, settings } = this.#options;
    if (replica === undefined) return;
    // The same port as before wherever it can be: a page's address is its name in the lake and the archive.
    const formerUrl = this.#claim?.formerState?.replicaUrl ?? settings.source.baseUrl;
    const baseUrl = await replica.listen(portOf(formerUrl) ?? 0).catch(() => replica.listen());
    this.#toStop.push(() => replica.close());
    this.replicaUrl = baseUrl;
    this.settings = { ...settings, source: { ...settings.source, kind: 'replica', baseUrl } };
  }

  async #startServer(executablePath: string, namespace: string): Promise<void> {
    const { home, env } = this.#options;
    const former = this.#claim?.formerState?.temporal ?? null;
    for (let attempt = 1; ; attempt++) {
      const port = await freePort(attempt > 1 ? null : (portOf(`http://${former?.address ?? ''}`) ?? DEFAULT_PORT));
      const uiPort = await freePort(attempt > 1 ? null : (portOf(former?.uiUrl ?? '') ?? DEFAULT_UI_PORT));
      this.temporal = targetAt(`${LOOPBACK}:${port}`, namespace, undefined);
      this.uiUrl = `http://${LOOPBACK}:${uiPort}`;
      const logger = openLogFile(path.join(home.logsDir, 'temporal.log'));
      const server = createTemporalServer({
        ...{ executablePath, home, port, uiPort, namespace, env, logger },
        onUp: () => this.#note(),
      });
      this.#server = server;
      try {
        await server.start();
        this.#toStop.push(() => server.stop());
        return;
      } catch (error) {
        this.#server = null;
        if (attempt === MAX_SERVER_STARTS) throw error;
        this.#logger.log('warn', 'the Temporal server did not come up; trying other ports', { error });
      }
    }
  }

  async #startWorker(kind: WorkerKind, among: { readonly pid: number | null }[]): Promise<void> {
    const { home, env, nativeCache } = this.#options;
    const worker = createWorkerProcess({
      entryPath: path.join(PROJECT_ROOT, 'dist', 'workers', kind.entry),
      name: kind.name,
      logger: openLogFile(path.join(home.logsDir, `${kind.logName}.log`)),
      onUp: () => this.#note(),
      env: {
        ...env,
        [HOME_VARIABLE]: home.root,
        [STORE_VARIABLE]: home.storeRoot,
        CHARTLIFE_CACHE: nativeCache.root,
        TEMPORAL_ADDRESS: this.temporal.address,
        [NAMESPACE_VARIABLE]: this.temporal.namespace,
      },
    });
    among.push(worker);
    this.#toStop.push(() => worker.stop());
    await worker.start();
  }

  /** Writes down what runs now, for other commands and for whoever has to clear up after us. */
  async #note(): Promise<void> {
    if (this.#stopped === null) await this.#claim?.write(await this.#state());
  }

  async #state(): Promise<SystemState> {
    const find = async (pid: number | null): Promise<ProcessRef | null> => (pid === null ? null : findProcess(pid));
    const workers = await Promise.all([...this.workerPids, this.featuresWorkerPid, this.trainWorkerPid].map(find));
    return {
      supervisor: this.#supervisor,
      startedAt: this.#startedAt,
      temporal: {
        address: this.temporal.address,
        namespace: this.temporal.namespace,
        uiUrl: this.uiUrl,
        process: await find(this.temporalPid),
      },
      replicaUrl: this.replicaUrl,
      workers: workers.filter((ref) => ref !== null),
    };
  }
}

function portOf(url: string): number | null {
  try {
    const { port } = new URL(url);
    return port === '' ? null : Number(port);
  } catch {
    return null;
  }
}
