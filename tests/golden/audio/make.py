"""Makes ffmpeg.json and NAME.npy in this folder: python make.py ../shared/data/audio

Needs ffmpeg and ffprobe, torch==2.9.1 torchaudio==2.9.1 numpy. For each file of sound:
- what `ffprobe -v error -select_streams a:0 -show_entries stream=codec_name,sample_rate,channels,start_time,duration
  -of json FILE` says;
- numSamples: per channel, of `ffmpeg -v error -i FILE -map a:0 -f f32le -`;
- NAME.npy: that sound, channels averaged, torchaudio's Resample to 16 kHz and Kaldi filterbank (hanning, 128 bins,
  defaults), averaged over each of its first 8 half-seconds (50 frames each): float32 [half-seconds, 128].
"""
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import torch
import torchaudio

OUT = Path(__file__).parent
NUM_BLOCKS = 8
BLOCK = 50


def run(*command):
    return subprocess.run(command, check=True, capture_output=True).stdout


files = {}
for path in sorted(Path(sys.argv[1]).iterdir()):
    if path.suffix == ".tsv":
        continue
    entries = "stream=codec_name,sample_rate,channels,start_time,duration"
    probe = json.loads(run("ffprobe", "-v", "error", "-select_streams", "a:0", "-show_entries", entries,
                           "-of", "json", str(path)))["streams"][0]
    raw = np.frombuffer(run("ffmpeg", "-v", "error", "-i", str(path), "-map", "a:0", "-f", "f32le", "-"), "<f4")
    channels = int(probe["channels"])
    sound = raw.reshape(-1, channels)
    files[path.name] = {
        "codec": probe["codec_name"],
        "sampleRateHz": int(probe["sample_rate"]),
        "numChannels": channels,
        "startSeconds": float(probe.get("start_time", 0)),
        "seconds": float(probe["duration"]),
        "numSamples": len(sound),
    }
    mono = torch.from_numpy(sound.mean(axis=1, dtype=np.float32).copy())[None]
    mono = torchaudio.transforms.Resample(int(probe["sample_rate"]), 16000)(mono)
    frames = torchaudio.compliance.kaldi.fbank(
        mono, htk_compat=True, sample_frequency=16000, use_energy=False, window_type="hanning", num_mel_bins=128,
        dither=0.0, frame_shift=10,
    ).numpy()
    numbers = range(min(NUM_BLOCKS, len(frames) // BLOCK))
    blocks = [frames[BLOCK * n:BLOCK * (n + 1)].mean(axis=0) for n in numbers]
    np.save(OUT / f"{path.name}.npy", np.array(blocks, "<f4").reshape(-1, 128))

version = run("ffmpeg", "-version").decode().splitlines()[0].split(" Copyright")[0]
(OUT / "ffmpeg.json").write_text(json.dumps({"ffmpeg": version, "files": files}, indent=2) + "\n")
