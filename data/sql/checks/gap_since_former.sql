-- The chart before is the one of the day (daily) or week (weekly) before.
-- blocking: no
-- figure: days since the chart before, 0 where there is none
SELECT
  chart_kind,
  region,
  chart_date,
  coalesce(chart_date - former_chart_date, 0) AS figure,
  coalesce(chart_date - former_chart_date = CASE chart_kind WHEN 'weekly' THEN 7 ELSE 1 END, true) AS passed,
  coalesce((chart_date - former_chart_date) || ' days after ' || former_chart_date, 'no chart before') AS message
FROM chart
LEFT JOIN (SELECT DISTINCT chart_kind, region, chart_date, former_chart_date FROM former_entry)
  USING (chart_kind, region, chart_date)
