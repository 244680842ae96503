-- grain: one row per chart kind, region, track and measure
-- Lee & Lee's eight popularity metrics (IEEE TMM 20(11), 2018) over the periods a track is on a chart, in the order
-- of time. Periods off the chart are left out: a track that comes back goes on where it was.
-- Conventions, each with the session variable that changes it (SET VARIABLE moments = 'sample'):
--   moments: 'population' (default; divides by n) or 'sample' (std by n - 1; skewness and kurtosis as the unbiased
--     estimators G1 and G2, null below 3 and 4 periods)
--   kurtosis: 'raw' (default; 3 for a normal distribution) or 'excess' (0)
--   chart_depth: 200 (default); ranks below it are off the chart, and the rank score is chart_depth + 1 - rank
-- Skewness and kurtosis are null below 3 periods and where all values are equal. Any other value of a variable is an error.
-- chart_kind: daily (a period is a day) or weekly (a week)
-- region: global, or ISO 3166-1 alpha-2 in lower case
-- track_id: Spotify's 22-character id
-- measure: streams (of the period; a period whose streams are unknown is left out) or rank_score
-- debut: value of the first period
-- max: largest value
-- mean: mean value
-- std: standard deviation
-- length: number of periods
-- sum: sum of the values
-- skewness: third standardised moment
-- kurtosis: fourth standardised moment
CREATE OR REPLACE VIEW popularity_metric AS
WITH setting AS (
  SELECT
    CASE coalesce(getvariable('moments')::VARCHAR, 'population')
      WHEN 'population' THEN false
      WHEN 'sample' THEN true
      ELSE error('moments must be population or sample, not ' || getvariable('moments')::VARCHAR)::BOOLEAN
    END AS is_sample,
    CASE coalesce(getvariable('kurtosis')::VARCHAR, 'raw')
      WHEN 'raw' THEN 0
      WHEN 'excess' THEN 3
      ELSE error('kurtosis must be raw or excess, not ' || getvariable('kurtosis')::VARCHAR)::INTEGER
    END AS kurtosis_offset,
    CASE
      WHEN coalesce(getvariable('chart_depth')::INTEGER, 200) >= 1 THEN coalesce(getvariable('chart_depth')::INTEGER, 200)
      ELSE error('chart_depth must be 1 or more, not ' || getvariable('chart_depth')::VARCHAR)::INTEGER
    END AS depth
),
-- A track can stand twice on one chart (a blank row beside a re-entry): one period all the same.
period AS (
  SELECT chart_kind, region, track_id, chart_date, min(rank) AS rank, sum(streams)::DOUBLE AS streams
  FROM chart_entry
  WHERE rank <= (SELECT depth FROM setting)
  GROUP BY ALL
),
track_chart AS (
  SELECT
    chart_kind,
    region,
    track_id,
    arg_min(streams, chart_date) FILTER (streams IS NOT NULL) AS streams_debut,
    list(streams) FILTER (streams IS NOT NULL) AS streams,
    arg_min((depth + 1 - rank)::DOUBLE, chart_date) AS rank_score_debut,
    list((depth + 1 - rank)::DOUBLE) AS rank_scores
  FROM period, setting
  GROUP BY ALL
),
series AS (
  SELECT chart_kind, region, track_id, 'streams' AS measure, streams_debut AS debut, streams AS series FROM track_chart WHERE streams IS NOT NULL
  UNION ALL
  SELECT chart_kind, region, track_id, 'rank_score' AS measure, rank_score_debut AS debut, rank_scores AS series FROM track_chart
),
summed AS (
  SELECT *, len(series) AS length, list_sum(series) AS sum, list_min(series) AS min, list_max(series) AS max FROM series
),
-- Two passes: powers of the values themselves would lose the digits that the moments are made of.
centred AS (
  SELECT *, sum / length AS mean, list_transform(series, lambda value: value - sum / length) AS deviations FROM summed
),
moment AS (
  SELECT
    *,
    CASE WHEN min = max THEN 0 ELSE list_sum(list_transform(deviations, lambda d: d * d)) / length END AS m2,
    list_sum(list_transform(deviations, lambda d: d * d * d)) / length AS m3,
    list_sum(list_transform(deviations, lambda d: d * d * d * d)) / length AS m4
  FROM centred
)
SELECT
  chart_kind,
  region,
  track_id,
  measure,
  debut,
  max,
  mean,
  CASE WHEN NOT is_sample THEN sqrt(m2) WHEN length > 1 THEN sqrt(m2 * length / (length - 1)) END AS std,
  length,
  sum,
  CASE
    WHEN length < 3 OR m2 = 0 THEN NULL
    WHEN is_sample THEN m3 / m2 ** 1.5 * sqrt(length * (length - 1)) / (length - 2)
    ELSE m3 / m2 ** 1.5
  END AS skewness,
  CASE
    WHEN length < 3 OR m2 = 0 OR (is_sample AND length < 4) THEN NULL
    WHEN is_sample
      THEN (length - 1) / ((length - 2) * (length - 3)) * ((length + 1) * m4 / (m2 * m2) - 3 * (length - 1)) + 3 - kurtosis_offset
    ELSE m4 / (m2 * m2) - kurtosis_offset
  END AS kurtosis
FROM moment, setting;
