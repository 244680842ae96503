-- Training runs, what was measured of them, which of them were published, and the forecasts that they have issued. The
-- weights and checkpoints themselves lie in the home's runs folder, a folder per run.

CREATE TABLE run (
  run_id VARCHAR NOT NULL,
  recipe VARCHAR NOT NULL,
  recipe_json VARCHAR NOT NULL,
  seed BIGINT NOT NULL,
  snapshot_id BIGINT NOT NULL,
  versions VARCHAR NOT NULL,
  reproduces VARCHAR,
  state VARCHAR NOT NULL,
  why VARCHAR,
  feature_version VARCHAR NOT NULL,
  dataset_sha256 VARCHAR NOT NULL,
  num_training_tracks INTEGER NOT NULL,
  num_validation_tracks INTEGER NOT NULL,
  num_test_tracks INTEGER NOT NULL,
  num_synthetic_tracks INTEGER NOT NULL,
  mp2_sha256 VARCHAR,
  mp3_sha256 VARCHAR,
  beats_baselines BOOLEAN,
  created_at TIMESTAMP NOT NULL,
  recorded_at TIMESTAMP NOT NULL
);
COMMENT ON TABLE run IS 'Grain: one row per training run: recipe, snapshot, seed and versions, and what came of it.';
COMMENT ON COLUMN run.run_id IS '16 hexadecimal digits: of the hash of recipe, snapshot, seed and versions. The same run has the same id.';
COMMENT ON COLUMN run.recipe IS 'Name of the preset that the recipe began as.';
COMMENT ON COLUMN run.recipe_json IS 'The whole recipe with its changes, as JSON.';
COMMENT ON COLUMN run.seed IS 'Of all that is drawn.';
COMMENT ON COLUMN run.snapshot_id IS 'Of the lake that it was trained on; pinned.';
COMMENT ON COLUMN run.versions IS 'Of chartlife and TensorFlow, as JSON.';
COMMENT ON COLUMN run.reproduces IS 'The run that this one trains again; null for a run of its own.';
COMMENT ON COLUMN run.state IS 'going; done; failed; cancelled. A run that failed or was cancelled goes on from its last checkpoint when it is started again.';
COMMENT ON COLUMN run.why IS 'Of a run that is done: why it is worth publishing, or is not. Of one that failed: the type of the error, and what it said. Null for others.';
COMMENT ON COLUMN run.feature_version IS 'Of the spectrograms: see feature_version.';
COMMENT ON COLUMN run.dataset_sha256 IS 'Of the file with its tracks, parts and weeks, hexadecimal.';
COMMENT ON COLUMN run.num_training_tracks IS 'Tracks that it learns from.';
COMMENT ON COLUMN run.num_validation_tracks IS 'Tracks that it is judged by when it is to be published.';
COMMENT ON COLUMN run.num_test_tracks IS 'Tracks that nothing is chosen by.';
COMMENT ON COLUMN run.num_synthetic_tracks IS 'Tracks whose sound was rendered from descriptors: no recordings.';
COMMENT ON COLUMN run.mp2_sha256 IS 'Of MP2''s final weights; null before MP2 was trained.';
COMMENT ON COLUMN run.mp3_sha256 IS 'Of MP3''s final weights; null before MP3 was trained.';
COMMENT ON COLUMN run.beats_baselines IS 'Whether MP3 was found better than every simple baseline on the validation part; null before that was asked.';
COMMENT ON COLUMN run.created_at IS 'When its data set was frozen, UTC.';
COMMENT ON COLUMN run.recorded_at IS 'When the row was written, UTC.';

CREATE TABLE run_metric (
  run_id VARCHAR NOT NULL,
  stage VARCHAR NOT NULL,
  step INTEGER NOT NULL,
  part VARCHAR NOT NULL,
  model VARCHAR NOT NULL,
  region VARCHAR NOT NULL,
  horizon VARCHAR NOT NULL,
  num_observed_weeks INTEGER,
  name VARCHAR NOT NULL,
  value DOUBLE NOT NULL,
  num_values BIGINT NOT NULL
);
COMMENT ON TABLE run_metric IS 'Grain: one row per run, stage, step, part, model, region, horizon, number of weeks told and name: what was measured while it trained (part ''training'', a row per step) and of its weights on the other parts (at the last step).';
COMMENT ON COLUMN run_metric.run_id IS 'See run.';
COMMENT ON COLUMN run_metric.stage IS 'mp2 or mp3.';
COMMENT ON COLUMN run_metric.step IS 'From 0; of an evaluation the number of steps that were taken.';
COMMENT ON COLUMN run_metric.part IS 'training, validation or test.';
COMMENT ON COLUMN run_metric.model IS 'MP2, MP3 or the name of a baseline, which needs no sound.';
COMMENT ON COLUMN run_metric.region IS 'global, or ISO 3166-1 alpha-2 in lower case; all where it is over all regions.';
COMMENT ON COLUMN run_metric.horizon IS 'Weeks from the debut, first and last, such as 1-4; 0 is the debut''s; all where it is over all weeks, or of no weeks.';
COMMENT ON COLUMN run_metric.num_observed_weeks IS 'Of MP3 and the baselines: weeks from the debut that the forecast was told, 1 or 0; null of a step and of MP2.';
COMMENT ON COLUMN run_metric.name IS 'loss, gradient_norm, learning_rate: of a step. mae, rmse: error of log10 streams per week on the chart. log10_sum_mae, log10_sum_r2, log10_debut_mae, log10_debut_r2: of MP2. coverage: share of the weeks on the chart between the lowest and the highest quantile level. brier: mean square of P(on chart) less whether it is; brier_of_share: the same of the training part''s share. gain, gain_low, gain_high: the best baseline''s mae less MP3''s, and its 95 % interval.';
COMMENT ON COLUMN run_metric.value IS 'In the unit of its name; errors are in log10 streams.';
COMMENT ON COLUMN run_metric.num_values IS 'How many it is over: examples of a batch, weeks on the chart, or trajectories.';

CREATE TABLE checkpoint (
  run_id VARCHAR NOT NULL,
  stage VARCHAR NOT NULL,
  step INTEGER NOT NULL,
  sha256 VARCHAR NOT NULL,
  num_bytes BIGINT NOT NULL
);
COMMENT ON TABLE checkpoint IS 'Grain: one row per run, stage and step of a checkpoint that was kept when the run was last recorded; the oldest go as new ones come.';
COMMENT ON COLUMN checkpoint.run_id IS 'See run.';
COMMENT ON COLUMN checkpoint.stage IS 'mp2 or mp3.';
COMMENT ON COLUMN checkpoint.step IS 'Steps that were taken.';
COMMENT ON COLUMN checkpoint.sha256 IS 'Of the file, hexadecimal: part of its name in the run''s folder.';
COMMENT ON COLUMN checkpoint.num_bytes IS 'Of the file.';

CREATE TABLE sweep_run (
  sweep_id VARCHAR NOT NULL,
  run_id VARCHAR NOT NULL
);
COMMENT ON TABLE sweep_run IS 'Grain: one row per sweep and run of it. A sweep trains recipes over seeds and folds; a run may be in several.';
COMMENT ON COLUMN sweep_run.sweep_id IS '16 hexadecimal digits: of the hash of recipes, seeds, folds, snapshot and versions.';
COMMENT ON COLUMN sweep_run.run_id IS 'See run.';

CREATE TABLE publication (
  run_id VARCHAR NOT NULL,
  published_at TIMESTAMP NOT NULL,
  published_by VARCHAR NOT NULL,
  why VARCHAR NOT NULL
);
COMMENT ON TABLE publication IS 'Grain: one row per time that a run was published. The newest one''s model issues the nightly forecasts.';
COMMENT ON COLUMN publication.run_id IS 'See run.';
COMMENT ON COLUMN publication.published_at IS 'UTC.';
COMMENT ON COLUMN publication.published_by IS 'run: it was found better than the baselines; person: by chartlife model publish.';
COMMENT ON COLUMN publication.why IS 'In words, with the figures.';

CREATE TABLE forecast (
  run_id VARCHAR NOT NULL,
  track_id VARCHAR NOT NULL,
  region VARCHAR NOT NULL,
  issued_on DATE NOT NULL,
  num_observed_weeks INTEGER NOT NULL,
  week_index INTEGER NOT NULL,
  week_start DATE NOT NULL,
  on_chart_probability DOUBLE NOT NULL,
  median_log10_streams DOUBLE NOT NULL,
  quantile_levels DOUBLE[] NOT NULL,
  log10_streams DOUBLE[] NOT NULL,
  is_synthetic BOOLEAN NOT NULL
);
COMMENT ON TABLE forecast IS 'Grain: one row per run, track, region, day of issue, number of observed weeks and week that was still to come: see trajectory for what became of it.';
COMMENT ON COLUMN forecast.run_id IS 'Whose weights made it: see run.';
COMMENT ON COLUMN forecast.track_id IS 'Spotify''s 22-character id.';
COMMENT ON COLUMN forecast.region IS 'global, or ISO 3166-1 alpha-2 in lower case.';
COMMENT ON COLUMN forecast.issued_on IS 'The night in which it was made.';
COMMENT ON COLUMN forecast.num_observed_weeks IS 'Whole weeks from the debut that the model was told; 0 knows the sound, the region and the season alone.';
COMMENT ON COLUMN forecast.week_index IS '0 is the week that begins with the debut; the first one here is the first that was not observed.';
COMMENT ON COLUMN forecast.week_start IS 'First day of the week.';
COMMENT ON COLUMN forecast.on_chart_probability IS '0 to 1, to be on the chart in the week.';
COMMENT ON COLUMN forecast.median_log10_streams IS 'log10 of the week''s streams, if on the chart: as likely above it as below; a point head''s only figure.';
COMMENT ON COLUMN forecast.quantile_levels IS 'Ascending, such as [0.1, 0.5, 0.9]; of a point head [0.5].';
COMMENT ON COLUMN forecast.log10_streams IS 'log10 of the week''s streams, if on the chart, at each of the levels.';
COMMENT ON COLUMN forecast.is_synthetic IS 'True where the track''s sound was rendered from descriptors: no recording.';
