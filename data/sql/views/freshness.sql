-- grain: one row per chart kind and region
-- How far each chart lags behind today, UTC, or behind the session variable today (SET VARIABLE today = DATE '2026-07-18').
-- kworb runs about two days behind; a weekly chart ends on a Thursday and so is up to a week older.
-- fresh: at most 3 days (daily) or 11 days (weekly); dead: more than 60 days (kworb still serves regions whose chart
-- ended years ago); late: between the two
-- chart_kind: daily or weekly
-- region: global, or ISO 3166-1 alpha-2 in lower case
-- newest_chart_date: the newest chart in the lake
-- lag_days: days from it to today
-- state: fresh, late or dead
CREATE OR REPLACE VIEW freshness AS
SELECT
  chart_kind,
  region,
  newest_chart_date,
  lag_days,
  CASE
    WHEN lag_days <= CASE chart_kind WHEN 'weekly' THEN 11 ELSE 3 END THEN 'fresh'
    WHEN lag_days <= 60 THEN 'late'
    ELSE 'dead'
  END AS state
FROM (
  SELECT
    chart_kind,
    region,
    max(chart_date) AS newest_chart_date,
    -- Not current_date, which is the day in the session's time zone.
    coalesce(getvariable('today')::DATE, make_timestamp(epoch_us(now()))::DATE) - max(chart_date) AS lag_days
  FROM chart_entry
  GROUP BY ALL
);
