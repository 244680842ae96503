-- A track's total streams on a chart are not less than on the chart before.
-- blocking: no
-- figure: tracks whose total fell
SELECT
  chart_kind,
  region,
  chart_date,
  count(*) FILTER (fell) AS figure,
  NOT coalesce(bool_or(fell), false) AS passed,
  CASE
    WHEN bool_or(fell)
      THEN count(*) FILTER (fell) || ' totals fell, such as that of ' || min(track_id) FILTER (fell)
    ELSE 'no total fell'
  END AS message
FROM chart
LEFT JOIN (
  SELECT chart_kind, region, chart_date, track_id, entry.total_streams < former_entry.total_streams AS fell
  FROM entry
  JOIN former_entry USING (chart_kind, region, chart_date, track_id)
) USING (chart_kind, region, chart_date)
GROUP BY ALL
