-- The newest chart of a region is not late: at most 3 days old (daily) or 11 (weekly), or dead for more than 60.
-- blocking: no
-- figure: days from the newest chart date to the day of reference (when its page was fetched; today for the whole lake)
SELECT
  chart_kind,
  region,
  chart_date,
  lag_days AS figure,
  lag_days <= CASE chart_kind WHEN 'weekly' THEN 11 ELSE 3 END OR lag_days > 60 AS passed,
  lag_days || ' days old' || CASE WHEN lag_days > 60 THEN ': the chart has ended, or it comes in as history' ELSE '' END AS message
FROM (
  SELECT
    chart_kind,
    region,
    max(chart_date) AS chart_date,
    arg_max(reference_date, chart_date) - max(chart_date) AS lag_days
  FROM chart
  GROUP BY ALL
)
