/** Effects that a test can read afterwards: nothing is printed, nothing waits for a person. */
import type { Effects, Output } from '../../cli/effects.ts';
import { Interrupted, OutputClosed } from '../../cli/effects.ts';
import { runCli } from '../../cli/run.ts';

export interface CaptureOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: string | Uint8Array;
  readonly isTerminal?: boolean;
  readonly columns?: number;
  readonly now?: string;
  /** stdout closes after so many writes, as under `| head`. */
  readonly closeStdoutAfter?: number;
}

export interface Captured {
  readonly effects: Effects;
  readonly stdout: () => string;
  readonly stdoutBytes: () => Uint8Array;
  readonly stderr: () => string;
  readonly interrupt: () => void;
}

/** Runs one command line with captured effects. The environment holds nothing but what is given. */
export async function chartlife(
  args: readonly string[],
  options: CaptureOptions = {},
): Promise<{ exitCode: number; stdout: string; stderr: string; stdoutBytes: Uint8Array }> {
  const captured = captureEffects(options);
  const exitCode = await runCli(args, captured.effects);
  return { exitCode, stdout: captured.stdout(), stderr: captured.stderr(), stdoutBytes: captured.stdoutBytes() };
}

export function captureEffects(options: CaptureOptions = {}): Captured {
  const controller = new AbortController();
  const stdout = captureOutput(options, options.closeStdoutAfter ?? Number.POSITIVE_INFINITY);
  const stderr = captureOutput(options, Number.POSITIVE_INFINITY);
  const startMs = Date.parse(options.now ?? '2026-11-22T12:00:00Z');
  const stdin = options.stdin ?? '';
  return {
    effects: {
      stdout: stdout.output,
      stderr: stderr.output,
      readStdin: async () => (typeof stdin === 'string' ? new TextEncoder().encode(stdin) : stdin),
      stdinIsTerminal: false,
      env: { XDG_CACHE_HOME: process.env.XDG_CACHE_HOME, CHARTLIFE_CACHE: process.env.CHARTLIFE_CACHE, ...options.env },
      cwd: options.cwd ?? process.cwd(),
      clock: {
        now: () => new Date(startMs),
        monotonicMs: () => performance.now(),
        every: () => () => undefined,
        sleep: async (durationMs, signal) => {
          if (signal?.aborted) throw new Interrupted('interrupted while waiting');
          await new Promise((resolve) => setTimeout(resolve, durationMs));
        },
      },
      interruption: { signal: controller.signal, drainsItself: () => undefined },
    },
    stdout: () => new TextDecoder().decode(stdout.bytes()),
    stdoutBytes: stdout.bytes,
    stderr: () => new TextDecoder().decode(stderr.bytes()),
    interrupt: () => controller.abort(),
  };
}

function captureOutput(options: CaptureOptions, closeAfter: number): { output: Output; bytes: () => Uint8Array } {
  const chunks: Uint8Array[] = [];
  const output: Output = {
    isTerminal: options.isTerminal ?? false,
    columns: options.columns ?? 80,
    async write(chunk) {
      if (chunks.length >= closeAfter) throw new OutputClosed('closed by the test');
      chunks.push(typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk);
    },
  };
  return { output, bytes: () => Uint8Array.from(chunks.flatMap((chunk) => [...chunk])) };
}
