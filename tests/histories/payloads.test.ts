/**
 * Payloads are references: of everything that real runs sent and got, nothing is larger than the limit. A payload that is
 * too large is shown with the sizes of its fields.
 */
import { expect, test } from 'vitest';
import { MAX_PAYLOAD_BYTES } from '../../contracts/payloads.ts';
import { historyNames, readHistory } from './historyFile.ts';

interface FoundPayload {
  readonly event: string;
  readonly json: string;
}

/** All payloads of an event: inputs, results, failure details, wherever they stand in it. */
function* payloadsIn(value: unknown, event: string): Generator<FoundPayload> {
  if (typeof value !== 'object' || value === null) return;
  if ('metadata' in value && 'data' in value && typeof value.data === 'string') {
    yield { event, json: Buffer.from(value.data, 'base64').toString('utf8') };
    return;
  }
  for (const child of Object.values(value)) yield* payloadsIn(child, event);
}

/** How many bytes each field takes, the largest first. */
function fieldSizes(json: string): string {
  const value: unknown = JSON.parse(json);
  if (typeof value !== 'object' || value === null) return `${json.length} bytes`;
  return Object.entries(value)
    .map(([name, field]) => [name, JSON.stringify(field)?.length ?? 0] as const)
    .sort((a, b) => b[1] - a[1])
    .map(([name, size]) => `${name}: ${size}`)
    .join(', ');
}

test.each(historyNames())('%s: every payload is within the limit', (name) => {
  const payloads = readHistory(name).history.events.flatMap((event) => [...payloadsIn(event, event.eventType)]);
  expect(payloads.length).toBeGreaterThan(0);
  for (const { event, json } of payloads) {
    const size = Buffer.byteLength(json);
    expect(size, `${event}: ${fieldSizes(json)}`).toBeLessThanOrEqual(MAX_PAYLOAD_BYTES);
  }
});
