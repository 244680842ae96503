-- grain: one row per source, region, track and week_index 0..103
-- Weekly streams of a track in a region on an exact 7-day grid from its debut, the first day of the first period it is
-- seen on the chart. A week off the chart is censored below that week's cut, not zero: streams is null there.
-- Sources: 'daily' sums the days of the week; 'weekly' (weekly charts) and 'track' (weekly history of the track's page)
-- spread each week's value evenly over its seven days and sum the days of the grid's week, in whole streams: nothing is
-- lost or added, and the value is the chart's own where the weeks coincide.
-- Ranks below 200, or below the session variable chart_depth, are off the chart.
-- source: daily, weekly or track
-- region: global, or ISO 3166-1 alpha-2 in lower case
-- track_id: Spotify's 22-character id
-- week_index: 0 is the week that begins with the debut
-- week_start: first day of the week
-- week_end: last day of the week
-- streams: streams of the days on the chart; null when off the chart all week, or when none of its days has a figure
-- num_days_on_chart: days of the week on the chart, 0 to 7
-- num_days_observed: days of the week that the lake knows, on the chart or off it, 0 to 7
-- best_rank: best rank in the week; null when off the chart all week
-- state: 'on chart' (all seven days), 'partly on chart' (streams is a lower bound), 'below cut' (known days, none on the
--   chart), 'unobserved' (the lake has no chart of the week)
-- cut_streams_upper_bound: most streams the known days off the chart can have had: the sum of their cuts (chart_cut),
--   rounded up; null where a cut is unknown or no day is known
-- is_left_censored: of the track: it may have charted before its debut here. The source says so (re-entry, or more than
--   one period on the chart), or says nothing and the lake has no chart of the period before. Never for 'track', which
--   tells the whole history
-- is_right_censored: of the track: its 104 weeks run past the newest chart date (for 'track': the newest week its page covers)
CREATE OR REPLACE VIEW trajectory AS
WITH setting AS (
  SELECT
    CASE
      WHEN coalesce(getvariable('chart_depth')::INTEGER, 200) >= 1 THEN coalesce(getvariable('chart_depth')::INTEGER, 200)
      ELSE error('chart_depth must be 1 or more, not ' || getvariable('chart_depth')::VARCHAR)::INTEGER
    END AS depth
),
-- Every period on a chart, once per track: a track can stand twice on one chart (a blank row beside a re-entry).
charted AS (
  SELECT
    chart_kind AS source,
    region,
    track_id,
    chart_date AS period_end,
    CASE chart_kind WHEN 'weekly' THEN 7 ELSE 1 END AS period_days,
    sum(streams)::BIGINT AS streams,
    min(rank) AS rank,
    coalesce(bool_or(movement = 'new' OR periods_on_chart = 1), false) AS is_said_new,
    coalesce(bool_or(movement = 're-entry' OR periods_on_chart > 1), false) AS is_said_known
  FROM chart_entry
  WHERE rank <= (SELECT depth FROM setting)
  GROUP BY ALL
  UNION ALL
  SELECT 'track', region, track_id, week_end, 7, streams, rank, true, false
  FROM track_week
  WHERE rank <= (SELECT depth FROM setting)
),
-- Cuts in sevenths of a stream per day, so that weekly ones are whole numbers.
cut AS (
  SELECT
    chart_kind AS source,
    region,
    chart_date AS period_end,
    CASE chart_kind WHEN 'weekly' THEN 7 ELSE 1 END AS period_days,
    cut_streams * CASE chart_kind WHEN 'weekly' THEN 1 ELSE 7 END AS cut_per_day
  FROM chart_cut
),
known_day AS (
  SELECT source, region, period_end - day_offset AS day, max(cut_per_day) AS cut_per_day
  FROM (SELECT *, unnest(range(period_days)::INTEGER[]) AS day_offset FROM cut)
  GROUP BY ALL
),
span AS (
  SELECT source, region, min(day) - 1 AS first_day, max(day) AS last_day FROM known_day GROUP BY ALL
),
-- Sums from the region's first day on: a week's own sum is the difference of two.
calendar AS (
  SELECT
    source,
    region,
    day,
    count(known_day.source) OVER running AS num_days_known,
    count(cut_per_day) OVER running AS num_cuts_known,
    coalesce(sum(cut_per_day) OVER running, 0)::BIGINT AS cut_sum
  FROM (
    SELECT source, region, first_day + unnest(range(last_day - first_day + 1)::INTEGER[]) AS day
    FROM span
  )
  LEFT JOIN known_day USING (source, region, day)
  WINDOW running AS (PARTITION BY source, region ORDER BY day ROWS UNBOUNDED PRECEDING)
),
-- A track page covers all weeks up to the newest that any track page shows by the time it was fetched.
track_page AS (
  SELECT
    source_sha256,
    max(newest_week) OVER (ORDER BY fetched_at RANGE UNBOUNDED PRECEDING) AS covered_to
  FROM (
    SELECT source_sha256, max(week_end) AS newest_week, coalesce(any_value(fetched_at), 'epoch'::TIMESTAMP) AS fetched_at
    FROM track_week
    LEFT JOIN (SELECT sha256, max(fetched_at) AS fetched_at FROM page WHERE page_kind = 'track' GROUP BY ALL) AS fetched
      ON sha256 = source_sha256
    GROUP BY ALL
  )
),
covered AS (
  SELECT track_id, region, max(covered_to) AS covered_to
  FROM track_week
  JOIN track_page USING (source_sha256)
  GROUP BY ALL
),
life AS (
  SELECT
    source,
    region,
    track_id,
    min(period_end - (period_days - 1)) AS debut,
    arg_min(period_days, period_end) AS period_days,
    arg_min(is_said_new, period_end) AS is_said_new,
    arg_min(is_said_known, period_end) AS is_said_known
  FROM charted
  GROUP BY ALL
),
lived AS (
  SELECT
    life.*,
    CASE life.source WHEN 'track' THEN covered.covered_to ELSE span.last_day END AS last_known_day,
    life.source <> 'track' AND NOT is_said_new AND (is_said_known OR before.day IS NULL) AS is_left_censored
  FROM life
  LEFT JOIN covered ON life.source = 'track' AND covered.track_id = life.track_id AND covered.region = life.region
  LEFT JOIN span ON span.source = life.source AND span.region = life.region
  LEFT JOIN known_day AS before
    ON before.source = life.source AND before.region = life.region AND before.day = life.debut - 1
),
-- A period of seven days that doesn't begin with a week of the grid falls into two: the parts add up to its value.
part AS (
  SELECT
    source,
    region,
    track_id,
    day_index // 7 + part_index AS week_index,
    CASE
      WHEN day_index % 7 + period_days <= 7 THEN period_days
      WHEN part_index = 0 THEN 7 - day_index % 7
      ELSE day_index % 7 + period_days - 7
    END AS num_days,
    CASE
      WHEN day_index % 7 + period_days <= 7 THEN streams
      WHEN part_index = 0 THEN streams * (7 - day_index % 7) // period_days
      ELSE streams - streams * (7 - day_index % 7) // period_days
    END AS streams,
    rank,
    cut_per_day
  FROM (
    SELECT charted.*, charted.period_end - (charted.period_days - 1) - debut AS day_index, cut_per_day
    FROM charted
    JOIN life USING (source, region, track_id)
    LEFT JOIN cut
      ON cut.source = CASE charted.source WHEN 'track' THEN 'weekly' ELSE charted.source END
      AND cut.region = charted.region
      AND cut.period_end = charted.period_end
  ), (VALUES (0), (1)) AS parts(part_index)
  WHERE day_index < 104 * 7 AND (part_index = 0 OR day_index % 7 + period_days > 7)
),
week AS (
  SELECT
    source,
    region,
    track_id,
    week_index,
    sum(streams)::BIGINT AS streams,
    sum(num_days) AS num_days_on_chart,
    min(rank) AS best_rank,
    sum(num_days) FILTER (cut_per_day IS NOT NULL) AS num_cuts_known,
    sum(num_days * cut_per_day)::BIGINT AS cut_sum
  FROM part
  WHERE week_index < 104
  GROUP BY ALL
),
grid AS (
  SELECT *, debut + 7 * week_index AS week_start, debut + 7 * week_index + 6 AS week_end
  FROM lived, unnest(range(104)::INTEGER[]) AS weeks(week_index)
),
known AS (
  SELECT
    grid.*,
    coalesce(until_end.num_days_known - until_start.num_days_known, 0) AS num_chart_days_known,
    coalesce(until_end.num_cuts_known - until_start.num_cuts_known, 0) AS num_cuts_known,
    coalesce(until_end.cut_sum - until_start.cut_sum, 0) AS cut_sum
  FROM grid
  LEFT JOIN span ON span.source = CASE grid.source WHEN 'track' THEN 'weekly' ELSE grid.source END AND span.region = grid.region
  LEFT JOIN calendar AS until_end
    ON until_end.source = span.source AND until_end.region = span.region AND until_end.day = least(week_end, last_day)
  LEFT JOIN calendar AS until_start
    ON until_start.source = span.source AND until_start.region = span.region
    AND until_start.day = greatest(least(week_start - 1, last_day), first_day)
),
joined AS (
  SELECT
    known.* EXCLUDE (num_chart_days_known, num_cuts_known, cut_sum),
    week.streams,
    week.best_rank,
    coalesce(num_days_on_chart, 0) AS num_days_on_chart,
    CASE source
      WHEN 'track' THEN least(greatest(last_known_day - week_start + 1, 0), 7)
      ELSE num_chart_days_known
    END AS num_days_observed,
    known.num_cuts_known - coalesce(week.num_cuts_known, 0) AS num_cuts_off_chart,
    known.cut_sum - coalesce(week.cut_sum, 0) AS cut_off_chart
  FROM known
  LEFT JOIN week USING (source, region, track_id, week_index)
)
SELECT
  source,
  region,
  track_id,
  week_index,
  week_start,
  week_end,
  streams,
  num_days_on_chart::INTEGER AS num_days_on_chart,
  num_days_observed::INTEGER AS num_days_observed,
  best_rank,
  CASE
    WHEN num_days_observed = 0 THEN 'unobserved'
    WHEN num_days_on_chart >= 7 THEN 'on chart'
    WHEN num_days_on_chart > 0 THEN 'partly on chart'
    ELSE 'below cut'
  END AS state,
  CASE
    WHEN num_days_observed > 0 AND num_cuts_off_chart = num_days_observed - num_days_on_chart
      THEN (cut_off_chart + 6) // 7
  END AS cut_streams_upper_bound,
  is_left_censored,
  debut + 104 * 7 - 1 > last_known_day AS is_right_censored
FROM joined;
