/** Values of options, checked where they are given, with the option's name in the error. */
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzip as gunzipCallback } from 'node:zlib';
import { Option } from 'commander';
import { type CalendarDate, parseDate } from '../contracts/dates.ts';
import { ChartlifeError } from '../contracts/errors.ts';
import type { Region } from '../contracts/regions.ts';
import { parseAssignedRegion } from '../contracts/regions.ts';
import type { Effects } from './effects.ts';

const gunzip = promisify(gunzipCallback);

/** An option whose value a parser of contracts/ reads: its error gets the option's name in front. */
export function parsedOption<T>(flags: string, description: string, parse: (value: string) => T): Option {
  const option = new Option(flags, description);
  return option.argParser((value: string) => withPlace(option.long ?? flags, () => parse(value)));
}

export function regionOption(description: string): Option {
  return parsedOption<Region>('--region <code>', description, parseAssignedRegion);
}

export function dateOption(flags: string, description: string): Option {
  return parsedOption<CalendarDate>(flags, description, parseDate);
}

/** Several values, by commas: `us,gb`. Empty parts are dropped, repeated ones too. */
export function listOption<T>(flags: string, description: string, parse: (value: string) => T): Option {
  return parsedOption<T[]>(flags, description, (text) => {
    const parts = text.split(',').map((part) => part.trim());
    const values = [...new Set(parts.filter((part) => part !== '').map(parse))];
    if (values.length === 0) {
      throw new ChartlifeError('InvalidInput', `"${text}" names nothing`, {
        next: 'Give one value or several with commas between.',
        details: { value: text },
      });
    }
    return values;
  });
}

export function wholeNumberOption(
  flags: string,
  description: string,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): Option {
  return parsedOption<number>(flags, description, (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most) {
      const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
      throw new ChartlifeError('InvalidInput', `"${text}" is not a whole number ${range}`, {
        next: `Give a number such as ${Math.max(1, least)}.`,
        details: { value: text },
      });
    }
    return value;
  });
}

function withPlace<T>(place: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ChartlifeError)) throw error;
    throw new ChartlifeError(error.type, `${place}: ${error.message}`, {
      next: error.next,
      details: { ...error.details, option: place },
      cause: error,
    });
  }
}

/** The first two bytes of gzip: archived pages are kept so. */
const GZIP_MAGIC = [0x1f, 0x8b] as const;

/**
 * A file's bytes, out of gzip if they are in it; `-` is stdin. The name is for messages.
 *
 * @throws ChartlifeError InvalidInput (no such file, a folder, a damaged gzip).
 */
export async function readInput(file: string, effects: Effects): Promise<{ bytes: Uint8Array; name: string }> {
  const name = file === '-' ? 'stdin' : file;
  const bytes = file === '-' ? await effects.readStdin() : await readWhole(path.resolve(effects.cwd, file), file);
  if (!GZIP_MAGIC.every((byte, i) => bytes[i] === byte)) return { bytes, name };
  try {
    return { bytes: new Uint8Array(await gunzip(bytes)), name };
  } catch (error) {
    throw new ChartlifeError('InvalidInput', `${name} is gzip, and damaged`, {
      next: 'Fetch or copy it again.',
      details: { path: name },
      cause: error,
    });
  }
}

async function readWhole(absolutePath: string, file: string): Promise<Uint8Array> {
  // Reading a folder fails without saying which: looked at first.
  if ((await stat(absolutePath)).isDirectory()) {
    throw new ChartlifeError('InvalidInput', `${file} is a folder`, { next: 'Give a file.', details: { path: file } });
  }
  return new Uint8Array(await readFile(absolutePath));
}
