/** A process that adds events: its arguments are the run's folder, the attempt, and how many. */
import { openEventsFile } from '../../../workers/trainer/eventsFile.ts';

const [runDir = '', attempt, numEvents] = process.argv.slice(2);
const file = await openEventsFile(runDir);
for (let step = 0; step < Number(numEvents); step++) {
  const text = 'x'.repeat(300);
  file.add({ at: '', kind: 'warning', stage: 'mp2', task: 'train', step, attempt: Number(attempt), text });
}
