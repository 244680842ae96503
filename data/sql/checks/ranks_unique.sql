-- No rank of a chart date stands twice: (chart kind, region, chart date, rank) is unique.
-- blocking: yes
-- figure: rows whose rank another row has too
SELECT
  chart_kind,
  region,
  chart_date,
  count(*) - count(DISTINCT rank) AS figure,
  count(*) = count(DISTINCT rank) AS passed,
  count(DISTINCT rank) || ' ranks in ' || count(*) || ' rows' AS message
FROM entry
GROUP BY ALL
