"""Makes the vectors in this folder: python make.py [../shared/data/fbank]

Needs torch==2.9.1 torchaudio==2.9.1 numpy. NAME.in.f32 is raw little-endian float32 at 16 kHz; NAME.hanning.npy and
NAME.povey.npy are torchaudio.compliance.kaldi.fbank of it with 128 bins; NAME.hanning80.npy with 80 bins.
resample_FROM.in.f32 and .out16k.npy are torchaudio.transforms.Resample(FROM, 16000) with its defaults.
With the folder given, some of its float64 vectors (NAME.ast64.npy, an independent implementation) are copied.
All signals are made here or there from formulas: nobody's music.
"""
import shutil
import sys
from pathlib import Path

import numpy as np
import torch
import torchaudio

OUT = Path(__file__).parent
RATE = 16000


def kaldi(samples, window, bins=128):
    return torchaudio.compliance.kaldi.fbank(
        torch.from_numpy(samples)[None], htk_compat=True, sample_frequency=RATE, use_energy=False,
        window_type=window, num_mel_bins=bins, dither=0.0, frame_shift=10,
    ).numpy()


def write(name, samples):
    samples = samples.astype("<f4")
    samples.tofile(OUT / f"{name}.in.f32")
    for window in ("hanning", "povey"):
        np.save(OUT / f"{name}.{window}.npy", kaldi(samples, window))
    np.save(OUT / f"{name}.hanning80.npy", kaldi(samples, "hanning", 80))


rng = np.random.Generator(np.random.PCG64(20261122))
time = np.arange(4800) / RATE

# Near silence, then full scale, then near silence: a loud frame must not reach its quiet neighbours.
onset = 1e-4 * rng.standard_normal(4800)
onset[2000:2600] += np.sin(2 * np.pi * 997 * time[:600])
write("onset_0p3s", onset)
# A chord with decaying partials; 27 frames, so that the last group of four is not whole.
chord = sum(0.2 * np.exp(-6 * k * time) * np.sin(2 * np.pi * 220 * k * time) for k in (1, 2, 3, 5, 8))
write("chord_0p3s", chord[:4700])
# Samples scaled as 16-bit integers.
write("int16scale_0p1s", np.round(8000 * rng.standard_normal(1600)))

for rate in (8000, 22050, 44100, 44101, 48000, 96000):
    samples = (0.3 * rng.standard_normal(1500)).astype("<f4")
    samples.tofile(OUT / f"resample_{rate}.in.f32")
    out = torchaudio.transforms.Resample(rate, RATE)(torch.from_numpy(samples)[None])[0].numpy()
    np.save(OUT / f"resample_{rate}.out16k.npy", out)

if len(sys.argv) > 1:
    for name in ("oneframe_400", "edge_719", "impulse_0p1s", "dc_plus_sine_0p5s"):
        source = Path(sys.argv[1])
        shutil.copyfile(source / f"{name}.in.f32", OUT / f"{name}.in.f32")
        shutil.copyfile(source / f"{name}.ast.npy", OUT / f"{name}.hanning.npy")
        shutil.copyfile(source / f"{name}.povey.npy", OUT / f"{name}.povey.npy")
        shutil.copyfile(source / f"{name}.ast64.npy", OUT / f"{name}.ast64.npy")
