"""The Python peers of bench/fbank.ts and bench/preview.ts: torchaudio's filterbank, alone and after two decoders.

Reads commands from stdin and answers each with one line:
  raw PATH         takes float32 samples at 16 kHz; answers their number
  fbank PATH       filterbank of the samples to PATH (float32); answers its shape
  time fbank N     the samples' filterbank, N times; answers wall and CPU seconds
  time librosa N PATH   librosa.load at 16 kHz, mono, then the filterbank
  time ffmpeg N PATH    ffmpeg's command to 16 kHz, mono, then the filterbank; its CPU time counts
One thread.
"""

import resource
import subprocess
import sys
import time

import imageio_ffmpeg
import numpy as np
import torch
import torchaudio

torch.set_num_threads(1)
FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()


def kaldi(samples):
    return torchaudio.compliance.kaldi.fbank(
        samples, htk_compat=True, sample_frequency=16000, use_energy=False, window_type="hanning",
        num_mel_bins=128, dither=0.0, frame_shift=10,
    )


def with_librosa(path):
    import librosa

    return kaldi(torch.from_numpy(librosa.load(path, sr=16000, mono=True)[0])[None])


def with_ffmpeg(path):
    command = [FFMPEG, "-v", "error", "-i", path, "-map", "a:0", "-ac", "1", "-ar", "16000", "-f", "f32le", "-"]
    raw = subprocess.run(command, check=True, capture_output=True).stdout
    return kaldi(torch.from_numpy(np.frombuffer(raw, "<f4").copy())[None])


def cpu_seconds():
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def timed(work, times):
    start_cpu, start = cpu_seconds(), time.perf_counter()
    for _ in range(times):
        work()
    return f"{time.perf_counter() - start} {cpu_seconds() - start_cpu}"


samples = torch.zeros(1, 400)
for line in sys.stdin:
    match line.strip().split(" "):
        case ["raw", path]:
            samples = torch.from_numpy(np.fromfile(path, "<f4"))[None]
            answer = str(samples.shape[1])
        case ["fbank", path]:
            result = kaldi(samples).numpy()
            result.astype("<f4").tofile(path)
            answer = str(result.shape)
        case ["time", "fbank", times]:
            answer = timed(lambda: kaldi(samples), int(times))
        case ["time", "librosa", times, path]:
            answer = timed(lambda: with_librosa(path), int(times))
        case ["time", "ffmpeg", times, path]:
            answer = timed(lambda: with_ffmpeg(path), int(times))
        case other:
            answer = f"unknown: {other}"
    print(answer, flush=True)
