-- Previews that were found are asked for again: when one was gone, and how the same address is known again. Sources that
-- can't be asked leave their reason.
--
-- The table is made anew. One that was altered keeps its small changes in one inlined table per schema, and once a process
-- has flushed those, DuckLake's readers in other processes still look for the ones of before, and fail.

CREATE TEMP TABLE former_preview AS FROM preview;
DROP TABLE preview;

CREATE TABLE preview (
  track_id VARCHAR NOT NULL,
  source VARCHAR NOT NULL,
  state VARCHAR NOT NULL,
  why VARCHAR,
  first_asked_on DATE NOT NULL,
  last_asked_on DATE NOT NULL,
  found_on DATE,
  gone_on DATE,
  is_synthetic BOOLEAN NOT NULL,
  url_host VARCHAR,
  address_sha256 VARCHAR,
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
COMMENT ON COLUMN preview.state IS 'found; absent: the source never had one; gone: it had one and has it no longer; failed: the source did not say, and asking it again at once would not help.';
COMMENT ON COLUMN preview.why IS 'Why there is none, in words; null where one was found. Of a failed one: the type of the error, and what it said.';
COMMENT ON COLUMN preview.first_asked_on IS 'The night in which the source was first asked.';
COMMENT ON COLUMN preview.last_asked_on IS 'The night in which it was last asked; a track without a preview is asked for again some weeks after it, one with a spectrogram some months after it.';
COMMENT ON COLUMN preview.found_on IS 'The last night in which it was found; null if it never was.';
COMMENT ON COLUMN preview.gone_on IS 'The night in which it was first missed; null where it never was found, and where it is there.';
COMMENT ON COLUMN preview.is_synthetic IS 'True for sound that was rendered from descriptors: no recording of the track.';
COMMENT ON COLUMN preview.url_host IS 'Host that served the audio; addresses of previews are temporary and not kept. Null for a file, and where there is none.';
COMMENT ON COLUMN preview.address_sha256 IS 'Of the path of the audio''s address, hexadecimal: a preview whose path is the same is not fetched again. Null for a file, and where none was found since this is recorded.';
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

-- Of previews that are gone no more is known than when their source was asked last.
INSERT INTO preview BY NAME
SELECT *, if(state = 'gone', last_asked_on, NULL) AS gone_on FROM former_preview;
DROP TABLE temp.former_preview;
