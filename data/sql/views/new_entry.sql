-- grain: one row per chart kind, region, chart date and track that came onto the chart on that date
-- What the page itself says counts. Where a source says nothing (most files), a track that is absent from the lake's
-- chart before has come in: new if the source counts this as its first period, or, where it counts none, if the lake has
-- never seen it on this chart; else a re-entry.
-- chart_kind: daily or weekly
-- region: global, or ISO 3166-1 alpha-2 in lower case
-- chart_date: the day counted, or the Thursday that ends the week
-- track_id: Spotify's 22-character id
-- entry_kind: new or re-entry
-- rank: place on the chart
-- streams: streams in the period; null where the source is blank
-- is_left_censored: it may have been on the chart before already: the source says nothing, and the lake has no chart of
--   the very period before
CREATE OR REPLACE VIEW new_entry AS
-- A track can stand twice on one chart: a blank row beside the one that says how it came in.
WITH entry AS (
  SELECT
    chart_kind,
    region,
    chart_date,
    track_id,
    arg_min(movement, rank) FILTER (movement IS NOT NULL) AS movement,
    coalesce(min(rank) FILTER (movement IS NOT NULL), min(rank)) AS rank,
    sum(streams)::BIGINT AS streams,
    max(periods_on_chart) AS periods_on_chart
  FROM chart_entry
  GROUP BY ALL
),
chart AS (
  SELECT
    chart_kind,
    region,
    chart_date,
    lag(chart_date) OVER (PARTITION BY chart_kind, region ORDER BY chart_date) AS former_chart_date
  FROM (SELECT DISTINCT chart_kind, region, chart_date FROM chart_entry)
),
followed AS (
  SELECT
    entry.*,
    former_chart_date,
    lag(chart_date) OVER (PARTITION BY chart_kind, region, track_id ORDER BY chart_date) AS last_seen
  FROM entry
  JOIN chart USING (chart_kind, region, chart_date)
)
SELECT
  chart_kind,
  region,
  chart_date,
  track_id,
  CASE
    WHEN movement IS NOT NULL THEN movement
    WHEN coalesce(periods_on_chart, CASE WHEN last_seen IS NULL THEN 1 END, 2) = 1 THEN 'new'
    ELSE 're-entry'
  END AS entry_kind,
  rank,
  streams,
  movement IS NULL
    AND periods_on_chart IS DISTINCT FROM 1
    AND former_chart_date IS DISTINCT FROM chart_date - CASE chart_kind WHEN 'weekly' THEN 7 ELSE 1 END AS is_left_censored
FROM followed
WHERE movement IN ('new', 're-entry') OR (movement IS NULL AND (last_seen IS NULL OR last_seen <> former_chart_date));
