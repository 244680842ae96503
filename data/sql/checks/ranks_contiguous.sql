-- The ranks of a chart are 1..n without a gap.
-- blocking: yes
-- figure: ranks that are missing or below 1
SELECT
  chart_kind,
  region,
  chart_date,
  num_wrong AS figure,
  num_wrong = 0 AS passed,
  CASE num_wrong WHEN 0 THEN 'ranks 1..' || last_rank ELSE num_wrong || ' ranks are missing or below 1, the last is ' || last_rank END
    AS message
FROM (
  SELECT
    chart_kind,
    region,
    chart_date,
    max(rank) AS last_rank,
    greatest(max(rank), 0) - count(DISTINCT rank) FILTER (rank >= 1) + count(*) FILTER (rank < 1) AS num_wrong
  FROM entry
  GROUP BY ALL
)
