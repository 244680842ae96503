/** The demo's questions: each with its SQL, so that it can be gone on from. */
import type { CalendarDate } from '../../contracts/dates.ts';
import type { Lake } from '../../data/lake/types.ts';
import type { CommandContext } from '../context.ts';
import { widthOf } from '../effects.ts';
import { wrapWords } from '../output/displayWidth.ts';
import { writeResultTable } from '../output/resultTable.ts';
import { SAMPLE_TODAY } from '../sampleHome.ts';
import { demoQuestions } from './questions.ts';

export async function askQuestions(context: CommandContext, lake: Lake, lastChartDate: CalendarDate): Promise<void> {
  const { styles, effects } = context;
  for (const [index, { text, sql }] of demoQuestions(lastChartDate).entries()) {
    await context.print([
      ...(index === 0 ? [] : ['']),
      ...wrapWords(text, widthOf(effects.stdout)).map((line) => styles.cyan(line)),
      ...sql.split('\n').map((line) => styles.dim(`  ${line}`)),
      '',
    ]);
    await writeResultTable(await lake.query(sql, { today: SAMPLE_TODAY }), effects.stdout, styles);
  }
}
