/** A native part: something npm does not bring, that has to be found or fetched, and that can be tried out. */
import type { HeldLock } from '../lock.mjs';
import type { Step } from '../report.mjs';

/**
 * What a part is for: `run` for the demo and everything on one machine, `test` for `npm test`, `many-machines` for a
 * lake whose catalog is in PostgreSQL and whose files are in S3.
 */
export const PART_USES = ['run', 'test', 'many-machines'] as const;
export type PartUse = (typeof PART_USES)[number];

export interface FoundPart {
  /** A path, or a server's address. */
  readonly where: string;
  /** Null where it has none, or only the thing itself knows. */
  readonly version: string | null;
  /** How it came there, for people: `PATH`, `cache`, `from PyPI`. */
  readonly how: string;
}

/** What an installation may use: a way to speak, and the cache's lock, which a child that writes there holds as well. */
export interface Installing extends Step, HeldLock {}

export interface Part {
  readonly name: string;
  readonly uses: readonly PartUse[];
  /** What goes without it, in a few words; null for a part that nothing goes without. */
  readonly optionalBecause: string | null;
  /** What would be used now; quick, no network. Null if there is none. */
  locate(): Promise<FoundPart | null>;
  /** Whether the set-up has something to do: it is missing, or a better one was not yet asked for. Quick, no network. */
  needsInstall(): Promise<boolean>;
  /**
   * Fetches it.
   *
   * @throws ChartlifeError SetupMissing with all that was tried in `details.tried`.
   */
  install(installing: Installing): Promise<FoundPart>;
  /**
   * Really uses it, and says what it answered.
   *
   * @throws Error if it doesn't work.
   */
  check(found: FoundPart): Promise<string>;
}
