-- grain: one row per chart kind, region and chart date
-- What it takes to be on the chart: a track that is not on a full chart had at most cut_streams.
-- A chart of fewer ranks than CHART DEPTH is not full: Spotify may have left tracks out for other reasons, so nothing
-- is known about what is below, and cut_streams is null. The depth is 200, or the session variable chart_depth.
-- chart_kind: daily or weekly
-- region: global, or ISO 3166-1 alpha-2 in lower case
-- chart_date: the day counted, or the Thursday that ends the week
-- num_ranks: rows of the chart
-- is_full: whether the chart has all its ranks
-- last_rank_streams: streams of the lowest rank whose streams are known, in the period; null if none is known
-- cut_streams: last_rank_streams where the chart is full, else null
CREATE OR REPLACE VIEW chart_cut AS
WITH setting AS (
  SELECT
    CASE
      WHEN coalesce(getvariable('chart_depth')::INTEGER, 200) >= 1 THEN coalesce(getvariable('chart_depth')::INTEGER, 200)
      ELSE error('chart_depth must be 1 or more, not ' || getvariable('chart_depth')::VARCHAR)::INTEGER
    END AS depth
),
chart AS (
  SELECT
    chart_kind,
    region,
    chart_date,
    count(*) AS num_ranks,
    arg_max(streams, rank) FILTER (streams IS NOT NULL) AS last_rank_streams
  FROM chart_entry
  WHERE rank <= (SELECT depth FROM setting)
  GROUP BY ALL
)
SELECT
  chart_kind,
  region,
  chart_date,
  num_ranks,
  num_ranks >= depth AS is_full,
  last_rank_streams,
  CASE WHEN num_ranks >= depth THEN last_rank_streams END AS cut_streams
FROM chart, setting;
