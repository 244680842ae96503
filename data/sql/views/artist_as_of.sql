-- grain: one row per chart kind, region, artist as credited and chart date on which the artist is on the chart
-- The artist's record on this chart strictly before the date: what was known of the artist when the chart came out.
-- Nothing of the date itself or after it is in a row, so that it can serve a forecast without a leak.
-- Lead and featured credits count alike. Pages credit artists by id and name, many files by name alone: a credit with an
-- id is followed by its id, and through files by its name; a credit without one by its name.
-- chart_kind: daily or weekly
-- region: global, or ISO 3166-1 alpha-2 in lower case
-- artist_id: Spotify's 22-character id; null where the source has none
-- artist_name: as the source writes it
-- chart_date: the date of the chart; the record ends the period before
-- num_tracks: different tracks the artist had on the chart before
-- num_entries: track-periods on the chart before
-- streams: streams of these track-periods, as far as they are known
-- best_rank: best rank before; null if the artist was never on the chart
-- first_chart_date: first chart date before; null if the artist was never on the chart
CREATE OR REPLACE VIEW artist_as_of AS
-- A track can stand twice on one chart (a blank row beside a re-entry): entry makes one of it.
WITH credit AS (
  SELECT chart_kind, region, chart_date, track_id, credited.id AS artist_id, credited.name AS artist_name, rank, streams
  FROM (
    SELECT chart_kind, region, chart_date, track_id, unnest(list_concat(artists, featured)) AS credited, rank, streams
    FROM chart_entry
  )
),
artist AS (
  SELECT DISTINCT chart_kind, region, artist_id, artist_name FROM credit
),
entry AS (
  SELECT chart_kind, region, artist_id, artist_name, chart_date, track_id, min(rank) AS rank, max(streams) AS streams, bool_or(is_own) AS is_own
  FROM (
    SELECT artist.*, chart_date, track_id, rank, streams, credit.artist_name = artist.artist_name AS is_own
    FROM artist
    JOIN credit USING (chart_kind, region, artist_id)
    UNION ALL
    SELECT artist.*, chart_date, track_id, rank, streams, artist.artist_id IS NULL AND credit.artist_id IS NULL AS is_own
    FROM artist
    JOIN credit USING (chart_kind, region, artist_name)
    WHERE artist.artist_id IS NULL OR credit.artist_id IS NULL
  )
  GROUP BY ALL
),
day AS (
  SELECT
    chart_kind,
    region,
    artist_id,
    artist_name,
    chart_date,
    count(*) FILTER (is_first) AS num_new_tracks,
    count(*) AS num_entries,
    sum(streams) AS streams,
    min(rank) AS best_rank,
    bool_or(is_own) AS is_own
  FROM (
    SELECT
      *,
      chart_date = min(chart_date) OVER (PARTITION BY chart_kind, region, artist_id, artist_name, track_id) AS is_first
    FROM entry
  )
  GROUP BY ALL
),
record AS (
  SELECT
    chart_kind,
    region,
    artist_id,
    artist_name,
    chart_date,
    coalesce(sum(num_new_tracks) OVER before, 0)::BIGINT AS num_tracks,
    coalesce(sum(num_entries) OVER before, 0)::BIGINT AS num_entries,
    coalesce(sum(streams) OVER before, 0)::BIGINT AS streams,
    min(best_rank) OVER before AS best_rank,
    min(chart_date) OVER before AS first_chart_date,
    is_own
  FROM day
  WINDOW before AS (
    PARTITION BY chart_kind, region, artist_id, artist_name
    ORDER BY chart_date
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
  )
)
SELECT * EXCLUDE (is_own) FROM record WHERE is_own;
