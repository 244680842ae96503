-- A lower place has no more streams than the one above it; blank rows are passed over.
-- blocking: no
-- figure: rows with more streams than the row above
SELECT
  chart_kind,
  region,
  chart_date,
  count(*) FILTER (is_more) AS figure,
  NOT bool_or(is_more) AS passed,
  CASE
    WHEN bool_or(is_more)
      THEN count(*) FILTER (is_more) || ' rows have more streams than the row above, the first at rank ' || min(rank) FILTER (is_more)
    ELSE 'streams fall with rank'
  END AS message
FROM (
  SELECT
    *,
    coalesce(
      streams > lag(streams IGNORE NULLS) OVER (PARTITION BY chart_kind, region, chart_date ORDER BY rank),
      false
    ) AS is_more
  FROM entry
)
GROUP BY ALL
