/** Three questions that the demo asks the lake. Lines of SQL fit a terminal of 80 columns. */
import type { CalendarDate } from '../../contracts/dates.ts';

export interface Question {
  readonly text: string;
  readonly sql: string;
}

export function demoQuestions(lastChartDate: CalendarDate): Question[] {
  return [
    {
      text: `Who came onto the chart on ${lastChartDate}?`,
      sql: `
select n.entry_kind, n.rank, e.title, e.artists[1].name as artist, n.streams
from new_entry n
join chart_entry e using (chart_kind, region, chart_date, rank)
where n.chart_kind = 'daily' and n.chart_date = '${lastChartDate}'
order by n.rank
limit 10`.trim(),
    },
    {
      text:
        `Which track ids that came in November 2019 had most days by ${lastChartDate}? Who came first had most to live in; ` +
        'an old song under a new id is new here.',
      sql: `
with life as (
  select track_id, min(chart_date) as debut, count(*) as days,
    min(rank) as best_rank, sum(streams) as streams
  from chart_entry
  where chart_kind = 'daily' and region = 'us'
  group by track_id
)
select l.debut, l.days, l.best_rank, l.streams, t.title
from life l
join track t using (track_id)
where l.debut between '2019-11-01' and '2019-11-30'
order by l.days desc, l.streams desc
limit 8`.trim(),
    },
    {
      text: 'How does a long life on the chart run? The longest that began in 2018:',
      sql: `
with life as (
  select track_id
  from trajectory
  where source = 'daily' and region = 'us' and not is_left_censored
  group by track_id
  having year(min(week_start)) = 2018
  order by sum(num_days_on_chart) desc, track_id
  limit 1
)
select t.title, y.week_index as week, y.week_start, y.best_rank, y.streams,
  bar(y.streams, 0, max(y.streams) over (), 20) as curve
from trajectory y
join life using (track_id)
join track t using (track_id)
where y.source = 'daily' and y.region = 'us' and y.streams is not null
  and y.week_index % 4 = 0
order by y.week_index`.trim(),
    },
  ];
}
