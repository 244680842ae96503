-- Every row has a track id of 22 letters and digits.
-- blocking: yes
-- figure: rows without one
SELECT
  chart_kind,
  region,
  chart_date,
  count(*) FILTER (NOT is_valid) AS figure,
  bool_and(is_valid) AS passed,
  CASE
    WHEN bool_and(is_valid) THEN count(*) || ' track ids'
    ELSE 'rank ' || min(rank) FILTER (NOT is_valid) || ' has the track id "'
      || coalesce(arg_min(track_id, rank) FILTER (NOT is_valid), '') || '"'
  END AS message
FROM (SELECT *, coalesce(regexp_full_match(track_id, '[A-Za-z0-9]{22}'), false) AS is_valid FROM entry)
GROUP BY ALL
