/** `chartlife doctor`: every part that chartlife stands on, really tried. */
import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Command } from 'commander';
import { ERROR_TYPES } from '../../contracts/errors.ts';
import type { Environment } from '../../runtime/executables.ts';
import { nativeCacheAt, nativeCacheRoot } from '../../runtime/nativeParts.ts';
import { tensorflowVariant } from '../../runtime/tensorflowVariant.ts';
import type { PartReport, ProbeDuckLake, ProbeSound, ProbeTensorflow } from '../../setup/doctor.ts';
import type { CommandBuilder } from '../commandWork.ts';
import type { CommandContext } from '../context.ts';
import { EXIT_DONE } from '../exitCodes.ts';
import { padEnd } from '../output/displayWidth.ts';

export const doctorCommand: CommandBuilder = (act) =>
  new Command('doctor')
    .summary('try every part, and say what to do')
    .description(
      'Try every part that chartlife stands on: where it was found, which version, whether it works, what to do. ' +
        `Exit code ${ERROR_TYPES.SetupMissing.exitCode} if a part that is needed does not work.`,
    )
    .option('--fix', 'fetch what is missing first')
    .option('--json', 'print one JSON array')
    .action(act(doctor));

async function doctor(context: CommandContext, options: { readonly fix?: boolean }): Promise<number> {
  const { inspectParts, isHealthy } = await import('../../setup/doctor.ts');
  const { env } = context.effects;
  if (options.fix === true) await fetchMissing(context);
  let lines = Promise.resolve();
  const reports = await inspectParts({
    env,
    homeRoot: context.home.root,
    probeDuckLake,
    probeSound,
    probeTensorflow: probeTensorflowOf(env),
    onReport(report) {
      if (!context.isJson) lines = lines.then(() => context.print(describePart(context, report)));
    },
  });
  await lines;
  if (context.isJson) await context.printJson(reports);
  const healthy = isHealthy(reports);
  if (healthy && existsSync(context.home.catalogPath)) await context.suggest('chartlife status', 'what the lake has');
  else if (healthy) await context.suggest('chartlife demo', 'see the whole on real charts, offline');
  else await context.suggest('chartlife doctor --fix', 'fetch what is missing');
  return healthy ? EXIT_DONE : ERROR_TYPES.SetupMissing.exitCode;
}

async function fetchMissing(context: CommandContext): Promise<void> {
  const { repairParts } = await import('../../setup/parts/install.ts');
  const { Report } = await import('../../setup/report.mjs');
  const { stderr, env } = context.effects;
  let written = Promise.resolve();
  const stream = {
    isTTY: stderr.isTerminal,
    columns: stderr.columns,
    write(text: string) {
      if (!context.isJson) written = written.then(() => stderr.write(text)).catch(() => undefined);
    },
  };
  await repairParts({ env, report: new Report(stream, 'Fetching what is missing') });
  await written;
}

const NAME_WIDTH = 18;
const STATE_WIDTH = 9;

function describePart(context: CommandContext, report: PartReport): string[] {
  const { styles } = context;
  const style = report.state === 'works' ? styles.green : report.isNeeded ? styles.red : styles.yellow;
  const state = report.state === 'missing' && !report.isNeeded ? 'absent' : report.state;
  const indent = ' '.repeat(NAME_WIDTH + STATE_WIDTH + 2);
  const head = [report.version, report.detail].filter((text) => text !== null && text !== '').join('  ');
  return [
    `${padEnd(report.name, NAME_WIDTH)} ${style(padEnd(state, STATE_WIDTH))} ${head}`,
    ...(report.where === null ? [] : [styles.dim(`${indent}${report.where}`)]),
    ...(report.state === 'works' ? [] : [styles.dim(`${indent}needed for ${report.neededFor}`)]),
    ...(report.next === null ? [] : [`${indent}${styles.cyan('next')} ${report.next}`]),
  ];
}

/** Makes a lake in the folder, reads from it, and says so. */
const probeDuckLake: ProbeDuckLake = async (extensionsDir, emptyFolder) => {
  const { openLake } = await import('../../data/lake/openLake.ts');
  const location = {
    catalogPath: path.join(emptyFolder, 'catalog.sqlite'),
    dataDir: path.join(emptyFolder, 'data'),
    extensionsDir,
  };
  const lake = await openLake(location, { mode: 'write' });
  try {
    const snapshots = await lake.snapshots();
    return `made a lake with ${snapshots.length} snapshots and read them back`;
  } finally {
    await lake.close();
  }
};

const PROBE_SECONDS = 1;
const PROBE_RATE_HZ = 16_000;

/** A second of silence as a WAV file: threads, kernels and all, and no sound that has to be shipped. */
const probeSound: ProbeSound = async () => {
  const { AudioPool } = await import('../../audio/decode/pool.ts');
  const { featureSettings } = await import('../../audio/features.ts');
  const pool = new AudioPool({ numThreads: 1 });
  try {
    const { spectrogram } = await pool.features(silentWav(), featureSettings({ window: 'hanning' }));
    return `a thread made ${spectrogram.numFrames} frames of ${PROBE_SECONDS} s`;
  } finally {
    await pool.close();
  }
};

/** In this process: whatever TensorFlow is loaded with here, nothing else of the doctor's uses it. */
function probeTensorflowOf(env: Environment): ProbeTensorflow {
  return async () => {
    const { loadTensorflow } = await import('../../models/backend/loadTensorflow.ts');
    const { probeTensorflow } = await import('../../models/backend/probe.ts');
    loadTensorflow({
      cache: nativeCacheAt(nativeCacheRoot(env)),
      variant: tensorflowVariant(env),
      numThreads: os.availableParallelism(),
      environment: process.env,
    });
    return probeTensorflow();
  };
}

function silentWav(): Uint8Array {
  const numBytes = 2 * PROBE_SECONDS * PROBE_RATE_HZ;
  const file = Buffer.alloc(44 + numBytes);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(36 + numBytes, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(PROBE_RATE_HZ, 24);
  file.writeUInt32LE(2 * PROBE_RATE_HZ, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(numBytes, 40);
  return file;
}
