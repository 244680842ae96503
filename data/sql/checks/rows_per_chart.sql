-- A chart has 1 to 200 rows.
-- blocking: yes
-- figure: rows
SELECT
  chart_kind,
  region,
  chart_date,
  count(entry.rank) AS figure,
  count(entry.rank) BETWEEN 1 AND 200 AS passed,
  count(entry.rank) || ' rows' AS message
FROM chart
LEFT JOIN entry USING (chart_kind, region, chart_date)
GROUP BY ALL
