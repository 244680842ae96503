/** What Temporal's libraries have to say goes to this process's log, the native part's words too. */
import { type LogEntry, makeTelemetryFilterString, Runtime, type Logger as TemporalLogger } from '@temporalio/worker';
import { LOG_LEVELS, type LogFields, type Logger, type LogLevel } from '../runtime/log.ts';

/** Must come before any worker or native connection of the process. Signals are the caller's to handle. */
export function installTemporalRuntime(logger: Logger): void {
  Runtime.install({
    logger: asTemporalLogger(logger),
    shutdownSignals: [],
    telemetryOptions: { logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) } },
  });
}

function asTemporalLogger(logger: Logger): TemporalLogger {
  const write = (level: LogLevel, message: string, meta?: LogFields): void => logger.log(level, message, meta);
  return {
    log: (level: LogEntry['level'], message, meta) => write(levelOf(level), message, meta),
    trace: (message, meta) => write('debug', message, meta),
    debug: (message, meta) => write('debug', message, meta),
    info: (message, meta) => write('info', message, meta),
    warn: (message, meta) => write('warn', message, meta),
    error: (message, meta) => write('error', message, meta),
  };
}

function levelOf(level: string): LogLevel {
  const name = level.toLowerCase();
  return LOG_LEVELS.find((known) => known === name) ?? 'debug';
}
