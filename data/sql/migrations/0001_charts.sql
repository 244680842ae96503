-- The tables of the chart pipeline. Times are UTC; dates are the page's own; streams are plays counted by Spotify.

-- Small inserts (a page, its checks, a few names) lie in the catalog until the nightly maintenance writes them to
-- Parquet. Never set this again once a table has its own: DuckLake 1.0 (DuckDB 1.5.5) crashes on that.
CALL lake.set_option('data_inlining_row_limit', 100);

CREATE TABLE schema_migration (
  number INTEGER NOT NULL,
  name VARCHAR NOT NULL,
  sha256 VARCHAR NOT NULL,
  applied_at TIMESTAMP NOT NULL
);
COMMENT ON TABLE schema_migration IS 'Grain: one row per migration of this schema that was applied.';
COMMENT ON COLUMN schema_migration.number IS 'Order of the migration, from 1.';
COMMENT ON COLUMN schema_migration.name IS 'The file of data/sql/migrations without its ending.';
COMMENT ON COLUMN schema_migration.sha256 IS 'Of the file as it was applied, hexadecimal.';
COMMENT ON COLUMN schema_migration.applied_at IS 'When it was applied, UTC.';

CREATE TABLE schema_view (
  name VARCHAR NOT NULL,
  sha256 VARCHAR NOT NULL,
  created_at TIMESTAMP NOT NULL
);
COMMENT ON TABLE schema_view IS 'Grain: one row per view. A view is made anew when its file has changed.';
COMMENT ON COLUMN schema_view.name IS 'The view, and its file in data/sql/views without the ending.';
COMMENT ON COLUMN schema_view.sha256 IS 'Of the file the view was made from, hexadecimal.';
COMMENT ON COLUMN schema_view.created_at IS 'When the view was made, UTC.';

CREATE TABLE page (
  url VARCHAR NOT NULL,
  page_kind VARCHAR NOT NULL,
  chart_kind VARCHAR,
  region VARCHAR,
  chart_date DATE,
  fetched_at TIMESTAMP NOT NULL,
  http_status INTEGER NOT NULL,
  etag VARCHAR,
  sha256 VARCHAR NOT NULL,
  parser_version VARCHAR NOT NULL,
  state VARCHAR NOT NULL,
  error_type VARCHAR,
  why VARCHAR,
  recorded_at TIMESTAMP NOT NULL
);
ALTER TABLE page SET SORTED BY (url, recorded_at);
COMMENT ON TABLE page IS 'Grain: one row per fetched page version (address, bytes, parser); a version that comes back after another has a row of its own. The body lies compressed in the home''s pages folder under its sha256.';
COMMENT ON COLUMN page.url IS 'The address it was fetched from.';
COMMENT ON COLUMN page.page_kind IS 'daily, weekly, daily-totals, weekly-totals, track, artist-songs or regions.';
COMMENT ON COLUMN page.chart_kind IS 'daily or weekly where the page is a chart; null otherwise, and where a quarantined page does not say.';
COMMENT ON COLUMN page.region IS 'Region of a chart or totals page; null otherwise, and where a quarantined page does not say.';
COMMENT ON COLUMN page.chart_date IS 'The date the chart page itself states; null otherwise.';
COMMENT ON COLUMN page.fetched_at IS 'When the answer was complete, UTC.';
COMMENT ON COLUMN page.http_status IS 'Of the answer.';
COMMENT ON COLUMN page.etag IS 'The server''s validator; null if it sent none.';
COMMENT ON COLUMN page.sha256 IS 'Of the decoded bytes, hexadecimal.';
COMMENT ON COLUMN page.parser_version IS 'Version of the parser that read it.';
COMMENT ON COLUMN page.state IS 'parsed: its rows are in the lake; unchanged: other bytes, same rows; quarantined: it does not fit, see why.';
COMMENT ON COLUMN page.error_type IS 'Why it was quarantined, as a type of the closed list; null otherwise.';
COMMENT ON COLUMN page.why IS 'Why it was quarantined, in words; null otherwise.';
COMMENT ON COLUMN page.recorded_at IS 'When the row was written, UTC: the last one of an address says what became of it.';

CREATE TABLE chart_entry (
  chart_kind VARCHAR NOT NULL,
  region VARCHAR NOT NULL,
  chart_date DATE NOT NULL,
  rank INTEGER NOT NULL,
  track_id VARCHAR NOT NULL,
  title VARCHAR,
  artists STRUCT(id VARCHAR, name VARCHAR)[],
  featured STRUCT(id VARCHAR, name VARCHAR)[],
  movement VARCHAR,
  places_moved INTEGER,
  periods_on_chart INTEGER,
  peak_rank INTEGER,
  times_at_peak INTEGER,
  streams BIGINT,
  streams_change BIGINT,
  seven_day_streams BIGINT,
  seven_day_streams_change BIGINT,
  total_streams BIGINT,
  source VARCHAR NOT NULL,
  source_sha256 VARCHAR NOT NULL
);
ALTER TABLE chart_entry SET PARTITIONED BY (chart_kind, region, year(chart_date));
ALTER TABLE chart_entry SET SORTED BY (chart_date, rank);
COMMENT ON TABLE chart_entry IS 'Grain: one row per chart kind, region, chart date and rank. The same track can stand twice on one chart: kworb serves a blank row beside a re-entry. Partitioned by chart kind, region and year.';
COMMENT ON COLUMN chart_entry.chart_kind IS 'daily (counts one day) or weekly (counts Friday to Thursday).';
COMMENT ON COLUMN chart_entry.region IS 'global, or ISO 3166-1 alpha-2 in lower case.';
COMMENT ON COLUMN chart_entry.chart_date IS 'The day counted, or the Thursday that ends the week; as the page states it.';
COMMENT ON COLUMN chart_entry.rank IS 'Place on the chart, 1 is the top; 1..n without a gap where the source is a page, a file may lack rows.';
COMMENT ON COLUMN chart_entry.track_id IS 'Spotify''s 22-character id.';
COMMENT ON COLUMN chart_entry.title IS 'As the source writes it; null where a file has none.';
COMMENT ON COLUMN chart_entry.artists IS 'Lead artists in the source''s order; id is null where the source has no link; empty where a file has none.';
COMMENT ON COLUMN chart_entry.featured IS 'Artists after "w/", in order; empty where there are none.';
COMMENT ON COLUMN chart_entry.movement IS 'new, re-entry or moved, as the source says; null where it says nothing.';
COMMENT ON COLUMN chart_entry.places_moved IS 'Places gained since the chart before: negative is down, 0 is unchanged; null unless movement is moved.';
COMMENT ON COLUMN chart_entry.periods_on_chart IS 'Days (daily) or weeks (weekly) on this chart so far, this one included; null where the source does not say.';
COMMENT ON COLUMN chart_entry.peak_rank IS 'Best rank on this chart so far; null where the source does not say.';
COMMENT ON COLUMN chart_entry.times_at_peak IS 'Periods at the peak rank; kworb says so for peaks 1 to 3 alone, else null.';
COMMENT ON COLUMN chart_entry.streams IS 'Streams in the period; null where the source is blank.';
COMMENT ON COLUMN chart_entry.streams_change IS 'Streams against the chart before; null for entries and re-entries.';
COMMENT ON COLUMN chart_entry.seven_day_streams IS 'Streams of the seven days that end on the chart date; daily charts only.';
COMMENT ON COLUMN chart_entry.seven_day_streams_change IS 'Change of the seven-day streams against the chart before; daily charts only.';
COMMENT ON COLUMN chart_entry.total_streams IS 'Streams of all the track''s periods on this chart; null where the source does not say.';
COMMENT ON COLUMN chart_entry.source IS 'Where the numbers come from: kworb (live), replica (the local stand-in), import:NAME (a file).';
COMMENT ON COLUMN chart_entry.source_sha256 IS 'Of the page or file the row comes from, hexadecimal.';

CREATE TABLE track (
  track_id VARCHAR NOT NULL,
  title VARCHAR,
  release_date DATE,
  release_date_precision VARCHAR,
  source VARCHAR NOT NULL
);
COMMENT ON TABLE track IS 'Grain: one row per track that any page or import named.';
COMMENT ON COLUMN track.track_id IS 'Spotify''s 22-character id.';
COMMENT ON COLUMN track.title IS 'The newest title seen; null if only its numbers are known.';
COMMENT ON COLUMN track.release_date IS 'First day of the stated day, month or year; null if unknown.';
COMMENT ON COLUMN track.release_date_precision IS 'day, month or year; null if the release date is unknown.';
COMMENT ON COLUMN track.source IS 'Where the row was first seen: kworb, replica or import:NAME.';

CREATE TABLE artist (
  artist_id VARCHAR NOT NULL,
  name VARCHAR NOT NULL
);
COMMENT ON TABLE artist IS 'Grain: one row per artist that any page linked.';
COMMENT ON COLUMN artist.artist_id IS 'Spotify''s 22-character id.';
COMMENT ON COLUMN artist.name IS 'The newest name seen.';

CREATE TABLE track_week (
  track_id VARCHAR NOT NULL,
  region VARCHAR NOT NULL,
  week_end DATE NOT NULL,
  rank INTEGER NOT NULL,
  streams BIGINT,
  source_sha256 VARCHAR NOT NULL
);
-- A track's rows lie together, so that reading one track opens one row group.
ALTER TABLE track_week SET SORTED BY (track_id, region, week_end);
COMMENT ON TABLE track_week IS 'Grain: one row per track, region and week: the weekly history of the track''s own page. Weeks off the chart have no row.';
COMMENT ON COLUMN track_week.track_id IS 'Spotify''s 22-character id.';
COMMENT ON COLUMN track_week.region IS 'global, or ISO 3166-1 alpha-2 in lower case.';
COMMENT ON COLUMN track_week.week_end IS 'The Thursday that ends the week.';
COMMENT ON COLUMN track_week.rank IS 'Place on the weekly chart, 1 is the top.';
COMMENT ON COLUMN track_week.streams IS 'Streams in the week; null where the page has none.';
COMMENT ON COLUMN track_week.source_sha256 IS 'Of the track page, hexadecimal.';

CREATE TABLE label (
  track_id VARCHAR NOT NULL,
  list VARCHAR NOT NULL,
  source VARCHAR NOT NULL,
  labelled_on DATE NOT NULL
);
COMMENT ON TABLE label IS 'Grain: one row per track and list: membership of an outside list, such as a TikTok chart.';
COMMENT ON COLUMN label.track_id IS 'Spotify''s 22-character id.';
COMMENT ON COLUMN label.list IS 'The list that names the track.';
COMMENT ON COLUMN label.source IS 'The file or address the list came from.';
COMMENT ON COLUMN label.labelled_on IS 'The day the list was published or read.';

CREATE TABLE check_result (
  chart_kind VARCHAR NOT NULL,
  region VARCHAR NOT NULL,
  chart_date DATE NOT NULL,
  name VARCHAR NOT NULL,
  is_blocking BOOLEAN NOT NULL,
  passed BOOLEAN NOT NULL,
  figure DOUBLE NOT NULL,
  message VARCHAR NOT NULL,
  checked_at TIMESTAMP NOT NULL,
  source_sha256 VARCHAR NOT NULL
);
COMMENT ON TABLE check_result IS 'Grain: one row per chart date committed and check. A commit that a blocking check stops leaves none.';
COMMENT ON COLUMN check_result.chart_kind IS 'daily or weekly.';
COMMENT ON COLUMN check_result.region IS 'global, or ISO 3166-1 alpha-2 in lower case.';
COMMENT ON COLUMN check_result.chart_date IS 'The chart date the check is about.';
COMMENT ON COLUMN check_result.name IS 'The check, and its file in data/sql/checks without the ending.';
COMMENT ON COLUMN check_result.is_blocking IS 'Whether a failure stops the commit.';
COMMENT ON COLUMN check_result.passed IS 'Whether the chart date has the property.';
COMMENT ON COLUMN check_result.figure IS 'The number the check is about; its unit is in the check''s file.';
COMMENT ON COLUMN check_result.message IS 'The figure in words.';
COMMENT ON COLUMN check_result.checked_at IS 'When it ran, UTC.';
COMMENT ON COLUMN check_result.source_sha256 IS 'Of the page that brought the chart, hexadecimal.';

CREATE TABLE import_run (
  import_id VARCHAR NOT NULL,
  file_name VARCHAR NOT NULL,
  file_sha256 VARCHAR NOT NULL,
  source VARCHAR NOT NULL,
  format VARCHAR NOT NULL,
  plan VARCHAR NOT NULL,
  started_at TIMESTAMP NOT NULL,
  finished_at TIMESTAMP NOT NULL,
  num_rows_read BIGINT NOT NULL,
  num_rows_imported BIGINT NOT NULL,
  num_rows_unchanged BIGINT NOT NULL,
  num_rows_rejected BIGINT NOT NULL,
  num_rows_left_out BIGINT NOT NULL,
  num_chart_dates BIGINT NOT NULL,
  num_chart_dates_with_gaps BIGINT NOT NULL
);
COMMENT ON TABLE import_run IS 'Grain: one row per file and import that brought something: chart dates, facts about tracks, or rows to put aside. The files of one import share started_at.';
COMMENT ON COLUMN import_run.import_id IS 'Names the file in its import; import_reject refers to it.';
COMMENT ON COLUMN import_run.file_name IS 'Without its folder.';
COMMENT ON COLUMN import_run.file_sha256 IS 'Of the file''s bytes, hexadecimal.';
COMMENT ON COLUMN import_run.source IS 'What chart_entry.source says of its rows.';
COMMENT ON COLUMN import_run.format IS 'The importer that read it.';
COMMENT ON COLUMN import_run.plan IS 'How it was read: kind, region, dates and column mapping, as JSON.';
COMMENT ON COLUMN import_run.started_at IS 'UTC.';
COMMENT ON COLUMN import_run.finished_at IS 'UTC.';
COMMENT ON COLUMN import_run.num_rows_read IS 'Data rows of the file: the sum of the four figures that follow.';
COMMENT ON COLUMN import_run.num_rows_imported IS 'Rows written to chart_entry; of a file of tracks, tracks that it named or dated first.';
COMMENT ON COLUMN import_run.num_rows_unchanged IS 'Good rows the lake had already, or has from a better source.';
COMMENT ON COLUMN import_run.num_rows_rejected IS 'Rows put aside in import_reject.';
COMMENT ON COLUMN import_run.num_rows_left_out IS 'Rows that nothing is wrong with and that were not asked for: other charts or regions, outside the window, the same row again.';
COMMENT ON COLUMN import_run.num_chart_dates IS 'Chart dates written.';
COMMENT ON COLUMN import_run.num_chart_dates_with_gaps IS 'Of them, those on which a rank between 1 and the last is missing: history may have holes, pages may not.';

CREATE TABLE import_reject (
  import_id VARCHAR NOT NULL,
  line BIGINT NOT NULL,
  reason VARCHAR NOT NULL,
  detail VARCHAR,
  raw_row VARCHAR
);
COMMENT ON TABLE import_reject IS 'Grain: one row per row of an imported file that was put aside.';
COMMENT ON COLUMN import_reject.import_id IS 'The run, as in import_run.';
COMMENT ON COLUMN import_reject.line IS 'Line of the file the row starts on, from 1, the header counted; row number from 1 for Parquet.';
COMMENT ON COLUMN import_reject.reason IS 'Why it does not fit, as one of the closed list of contracts/imports.ts.';
COMMENT ON COLUMN import_reject.detail IS 'The offending value and its column, in words.';
COMMENT ON COLUMN import_reject.raw_row IS 'The row as it stands in the file; as JSON for Parquet.';

CREATE TABLE snapshot_pin (
  name VARCHAR NOT NULL,
  snapshot_id BIGINT NOT NULL,
  reason VARCHAR NOT NULL,
  pinned_at TIMESTAMP NOT NULL
);
COMMENT ON TABLE snapshot_pin IS 'Grain: one row per pin. Maintenance never expires a pinned snapshot.';
COMMENT ON COLUMN snapshot_pin.name IS 'The pin''s name, unique.';
COMMENT ON COLUMN snapshot_pin.snapshot_id IS 'The snapshot it keeps.';
COMMENT ON COLUMN snapshot_pin.reason IS 'Who needs it, in words.';
COMMENT ON COLUMN snapshot_pin.pinned_at IS 'UTC.';
