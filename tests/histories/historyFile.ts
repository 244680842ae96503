/** A recorded history on disk. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PROJECT_ROOT } from '../../runtime/projectRoot.ts';

export const HISTORIES_DIR: string = path.join(PROJECT_ROOT, 'tests', 'histories');

export interface RecordedHistory {
  /** Replay depends on it: child ids may be made from it. */
  readonly workflowId: string;
  readonly recordedWith: { readonly sdk: string; readonly server: string };
  /** Temporal's own JSON of a history. */
  readonly history: { readonly events: readonly RecordedEvent[] };
}

/** What the tests look at of an event; the rest is passed on as it is. */
export interface RecordedEvent {
  readonly eventType: string;
  readonly [attribute: string]: unknown;
}

export function historyNames(): string[] {
  return readdirSync(HISTORIES_DIR)
    .filter((file) => file.endsWith('.json'))
    .map((file) => file.slice(0, -'.json'.length))
    .sort();
}

export function readHistory(name: string): RecordedHistory {
  return JSON.parse(readFileSync(path.join(HISTORIES_DIR, `${name}.json`), 'utf8')) as RecordedHistory;
}
