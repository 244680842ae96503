/** Steering the replica over HTTP, for a replica in a process of its own. Bodies and answers are JSON. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseDate } from '../../contracts/dates.ts';
import { ChartlifeError } from '../../contracts/errors.ts';
import { parseTrackId } from '../../contracts/ids.ts';
import { parseRegion } from '../../contracts/regions.ts';
import type { Replica } from './replica.ts';

export const CONTROL_PREFIX = '/__replica/';

type Action = (replica: Replica, body: Readonly<Record<string, unknown>>) => unknown;

const ACTIONS: Readonly<Record<string, Action>> = {
  'GET /__replica': ({ today, lastDay, regions, faults }) => ({ today, lastDay, regions, faults }),
  'POST /__replica/today': (replica, { today }) => {
    replica.setToday(parseDate(String(today)));
    return { today: replica.today };
  },
  'POST /__replica/faults': (replica, faults) => {
    replica.setFaults(faults);
    return replica.faults;
  },
  'POST /__replica/corrections': (replica, { region, date, trackId, streams }) => {
    const correction = {
      region: parseRegion(String(region)),
      date: parseDate(String(date)),
      trackId: parseTrackId(String(trackId)),
      streams: Number(streams),
    };
    replica.correctStreams(correction);
    return correction;
  },
  'GET /__replica/requests': (replica) => replica.requests(),
  'DELETE /__replica/requests': (replica) => {
    replica.clearRequests();
    return {};
  },
};

/** @throws ChartlifeError InvalidInput for an unknown action or a body that is not a JSON object. */
export async function handleControl(
  replica: Replica,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const name = `${request.method} ${path.replace(/(?<=.)\/$/, '')}`;
  const action = ACTIONS[name];
  if (action === undefined) {
    throw new ChartlifeError('InvalidInput', `the replica knows no "${name}"`, {
      next: `It knows ${Object.keys(ACTIONS).join(', ')}.`,
    });
  }
  const answer = action(replica, request.method === 'POST' ? await readJson(request) : {});
  response.writeHead(200, { 'content-type': 'application/json' }).end(`${JSON.stringify(answer)}\n`);
}

async function readJson(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Falls through to the same answer as JSON that is no object.
  }
  throw new ChartlifeError('InvalidInput', `"${text.slice(0, 100)}" is not a JSON object`, {
    next: 'Send a JSON object, such as {"today":"2019-11-05"}.',
  });
}
