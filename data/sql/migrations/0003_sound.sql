-- The sound of tracks: what sources answered, and the spectrograms made of it. The spectrograms themselves lie in Arrow
-- shards in the home's spectrograms folder; the tables say where, and what their bytes must hash to.

CREATE TABLE preview (
  track_id VARCHAR NOT NULL,
  source VARCHAR NOT NULL,
  state VARCHAR NOT NULL,
  why VARCHAR,
  first_asked_on DATE NOT NULL,
  last_asked_on DATE NOT NULL,
  found_on DATE,
  is_synthetic BOOLEAN NOT NULL,
  url_host VARCHAR,
  match_score DOUBLE,
  matched_title VARCHAR,
  matched_artist VARCHAR,
  audio_sha256 VARCHAR,
  num_bytes BIGINT,
  is_kept BOOLEAN NOT NULL,
  audio_format VARCHAR,
  sample_rate_hz INTEGER,
  num_channels INTEGER,
  seconds DOUBLE,
  num_losses INTEGER,
  num_samples_lost BIGINT,
  losses VARCHAR,
  error_type VARCHAR,
  error_message VARCHAR,
  recorded_at TIMESTAMP NOT NULL
);
COMMENT ON TABLE preview IS 'Grain: one row per track and source that was asked for its sound: the newest answer. A preview is up to 30 s of a track.';
COMMENT ON COLUMN preview.track_id IS 'Spotify''s 22-character id.';
COMMENT ON COLUMN preview.source IS 'spotify (embed page), deezer, itunes, folder (the user''s own files) or replica (rendered on this machine, synthetic).';
COMMENT ON COLUMN preview.state IS 'found; absent: the source never had one; gone: it had one and has it no longer.';
COMMENT ON COLUMN preview.why IS 'Why there is none, in words; null where one was found.';
COMMENT ON COLUMN preview.first_asked_on IS 'The night in which the source was first asked.';
COMMENT ON COLUMN preview.last_asked_on IS 'The night in which it was last asked; a track without a preview is asked for again some weeks after it.';
COMMENT ON COLUMN preview.found_on IS 'The last night in which it was found; null if it never was.';
COMMENT ON COLUMN preview.is_synthetic IS 'True for sound that was rendered from descriptors: no recording of the track.';
COMMENT ON COLUMN preview.url_host IS 'Host that served the audio; addresses of previews are temporary and not kept. Null for a file, and where there is none.';
COMMENT ON COLUMN preview.match_score IS '0 to 1, how well the search''s answer fits artist and title; null where the source knows the track by its id.';
COMMENT ON COLUMN preview.matched_title IS 'Title of the search''s answer; null where the source knows the track by its id.';
COMMENT ON COLUMN preview.matched_artist IS 'Artist of the search''s answer; null where the source knows the track by its id.';
COMMENT ON COLUMN preview.audio_sha256 IS 'Of the audio file''s bytes, hexadecimal; null where none was ever found.';
COMMENT ON COLUMN preview.num_bytes IS 'Of the audio file.';
COMMENT ON COLUMN preview.is_kept IS 'Whether the audio file stays in the home''s audio folder, named by its hash.';
COMMENT ON COLUMN preview.audio_format IS 'Told by the bytes: mp3, aac, m4a, ogg-vorbis, ogg-opus, ogg-flac, flac or wav; null if it can''t be decoded.';
COMMENT ON COLUMN preview.sample_rate_hz IS 'Of the decoded audio, before resampling.';
COMMENT ON COLUMN preview.num_channels IS 'Of the audio file.';
COMMENT ON COLUMN preview.seconds IS 'Length of the decoded audio.';
COMMENT ON COLUMN preview.num_losses IS 'Damages in the file that were passed over.';
COMMENT ON COLUMN preview.num_samples_lost IS 'Samples per channel, at sample_rate_hz, that the file should have given beyond what was decoded.';
COMMENT ON COLUMN preview.losses IS 'The first damages in words, separated by semicolons; null if there were none.';
COMMENT ON COLUMN preview.error_type IS 'Why it can''t be decoded, as a type of the closed list; null if it can.';
COMMENT ON COLUMN preview.error_message IS 'The same in words.';
COMMENT ON COLUMN preview.recorded_at IS 'When the row was written, UTC.';

CREATE TABLE spectrogram (
  track_id VARCHAR NOT NULL,
  feature_version VARCHAR NOT NULL,
  source VARCHAR NOT NULL,
  is_synthetic BOOLEAN NOT NULL,
  audio_sha256 VARCHAR NOT NULL,
  num_frames INTEGER NOT NULL,
  num_mel_bins INTEGER NOT NULL,
  shard_sha256 VARCHAR NOT NULL,
  row_in_shard INTEGER NOT NULL,
  values_sha256 VARCHAR NOT NULL,
  computed_at TIMESTAMP NOT NULL
);
COMMENT ON TABLE spectrogram IS 'Grain: one row per track and feature version: where its log-mel filterbank lies.';
COMMENT ON COLUMN spectrogram.track_id IS 'Spotify''s 22-character id.';
COMMENT ON COLUMN spectrogram.feature_version IS 'Which settings made it, as in feature_version; spectrograms of different versions are not to be mixed.';
COMMENT ON COLUMN spectrogram.source IS 'Where the sound came from, as in preview.';
COMMENT ON COLUMN spectrogram.is_synthetic IS 'True where the sound was rendered from descriptors: no recording of the track.';
COMMENT ON COLUMN spectrogram.audio_sha256 IS 'Of the audio file''s bytes, hexadecimal.';
COMMENT ON COLUMN spectrogram.num_frames IS 'Frames of 25 ms, one every 10 ms.';
COMMENT ON COLUMN spectrogram.num_mel_bins IS 'Values of a frame.';
COMMENT ON COLUMN spectrogram.shard_sha256 IS 'The shard: the file spectrograms/<first two digits>/<this>.arrow of the home.';
COMMENT ON COLUMN spectrogram.row_in_shard IS 'Its row there, and its record batch, from 0.';
COMMENT ON COLUMN spectrogram.values_sha256 IS 'Of the float16 values, little-endian, frame after frame, hexadecimal.';
COMMENT ON COLUMN spectrogram.computed_at IS 'When the row was written, UTC.';

CREATE TABLE shard (
  shard_sha256 VARCHAR NOT NULL,
  feature_version VARCHAR NOT NULL,
  num_bytes BIGINT NOT NULL,
  num_rows INTEGER NOT NULL,
  written_at TIMESTAMP NOT NULL
);
COMMENT ON TABLE shard IS 'Grain: one row per shard file that spectrogram refers to.';
COMMENT ON COLUMN shard.shard_sha256 IS 'Of the file''s bytes, hexadecimal: its name.';
COMMENT ON COLUMN shard.feature_version IS 'Which settings made its spectrograms.';
COMMENT ON COLUMN shard.num_bytes IS 'Of the file.';
COMMENT ON COLUMN shard.num_rows IS 'Spectrograms in it.';
COMMENT ON COLUMN shard.written_at IS 'When the row was written, UTC.';

CREATE TABLE feature_version (
  feature_version VARCHAR NOT NULL,
  settings VARCHAR NOT NULL,
  num_mel_bins INTEGER NOT NULL,
  first_used_at TIMESTAMP NOT NULL
);
COMMENT ON TABLE feature_version IS 'Grain: one row per set of feature settings that was used.';
COMMENT ON COLUMN feature_version.feature_version IS 'SHA-256 over every setting, hexadecimal.';
COMMENT ON COLUMN feature_version.settings IS 'The settings, as JSON.';
COMMENT ON COLUMN feature_version.num_mel_bins IS 'Values of a frame.';
COMMENT ON COLUMN feature_version.first_used_at IS 'UTC.';

CREATE TABLE track_detail (
  track_id VARCHAR NOT NULL,
  source VARCHAR NOT NULL,
  title VARCHAR,
  artists STRUCT(id VARCHAR, name VARCHAR)[],
  release_date DATE,
  release_date_precision VARCHAR,
  duration_ms BIGINT,
  is_explicit BOOLEAN,
  recorded_at TIMESTAMP NOT NULL
);
COMMENT ON TABLE track_detail IS 'Grain: one row per track and source of sound: what the source says of the track beside its sound.';
COMMENT ON COLUMN track_detail.track_id IS 'Spotify''s 22-character id.';
COMMENT ON COLUMN track_detail.source IS 'As in preview.';
COMMENT ON COLUMN track_detail.title IS 'As the source writes it; null where it does not say.';
COMMENT ON COLUMN track_detail.artists IS 'All artists in the source''s order; id is null where the source has none.';
COMMENT ON COLUMN track_detail.release_date IS 'First day of the stated day, month or year; null where the source does not say. Copied to track where that has none.';
COMMENT ON COLUMN track_detail.release_date_precision IS 'day, month or year; null if the release date is unknown.';
COMMENT ON COLUMN track_detail.duration_ms IS 'Of the whole track, not of the preview; null where the source does not say.';
COMMENT ON COLUMN track_detail.is_explicit IS 'As the source marks it; null where it does not say.';
COMMENT ON COLUMN track_detail.recorded_at IS 'When the row was written, UTC.';
