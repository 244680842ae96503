-- A chart has at most a tenth fewer rows than the chart before.
-- blocking: no
-- figure: share of the rows lost, 0 where there are as many or more
SELECT
  chart_kind,
  region,
  chart_date,
  coalesce(greatest(1 - num_rows / num_former_rows, 0), 0) AS figure,
  coalesce(1 - num_rows / num_former_rows <= 0.1, true) AS passed,
  coalesce(num_rows || ' rows after ' || num_former_rows, 'no chart before') AS message
FROM (SELECT chart_kind, region, chart_date, count(entry.rank) AS num_rows FROM chart LEFT JOIN entry USING (chart_kind, region, chart_date) GROUP BY ALL)
LEFT JOIN (SELECT chart_kind, region, chart_date, count(*) AS num_former_rows FROM former_entry GROUP BY ALL)
  USING (chart_kind, region, chart_date)
