"""A small AST of transformers: its weights and input from seeds, and what it makes of them: ast_s10.*, but its config.

    python3 -m venv venv && venv/bin/pip install torch==2.13.0 transformers==5.23.0 safetensors numpy
    venv/bin/python tests/golden/models/ast/make_ast_s10.py [--check]

Reads ast_s10.config.json. Computed in float32. The committed files are of torch 2.9.1 and transformers 5.23.0; with --check
nothing is written: the worst difference from them is printed, and beyond 1e-5 is a failure.
"""
import json
import pathlib
import sys
import tempfile

import numpy
import torch
import transformers
from safetensors.torch import load_file, save_file

HERE = pathlib.Path(__file__).parent
TOLERANCE = 1e-5

settings = json.loads((HERE / "ast_s10.config.json").read_text())
config = transformers.ASTConfig(
    **{name: value for name, value in settings.items() if name not in ("architectures", "model_type")},
    attn_implementation="eager",  # the only one that gives its attention
)
model = transformers.ASTForAudioClassification(config).eval()
generator = torch.Generator().manual_seed(7)
with torch.no_grad():
    for name, parameter in model.named_parameters():
        centre = 1.0 if "layernorm" in name and name.endswith("weight") else 0.0
        parameter.copy_(centre + 0.05 * torch.randn(parameter.shape, generator=generator))
spectrograms = 0.5 * torch.randn(
    2, config.max_length, config.num_mel_bins, generator=torch.Generator().manual_seed(11)
)

with torch.no_grad():
    encoded = model.audio_spectrogram_transformer(spectrograms, output_hidden_states=True, output_attentions=True)
    logits = model(spectrograms).logits
io = {
    "input": spectrograms,
    "embeddings": encoded.hidden_states[0],
    "hidden_after_layer0": encoded.hidden_states[1],
    "attn_layer0_first": encoded.attentions[0][0, :, :3],
    "last_hidden_state": encoded.last_hidden_state,
    "pooler_output": encoded.pooler_output,
    "logits": logits,
}
# Only save_pretrained gives the hub's names: transformers 5 has others in memory.
with tempfile.TemporaryDirectory() as saved:
    model.save_pretrained(saved)
    weights = load_file(f"{saved}/model.safetensors")

files = {"ast_s10.hubnames.safetensors": weights, "ast_s10.io.safetensors": io}
arrays = {"ast_s10.input.npy": spectrograms, "ast_s10.pooler.npy": io["pooler_output"], "ast_s10.logits.npy": logits}
versions = {"torch": torch.__version__, "transformers": transformers.__version__}


def difference(tensors, committed):
    assert tensors.keys() == committed.keys(), tensors.keys() ^ committed.keys()
    assert all(tensors[name].shape == committed[name].shape for name in tensors)
    return torch.cat([(tensors[name] - committed[name]).abs().flatten() for name in tensors]).max().item()


if "--check" in sys.argv:
    worst = {file: difference(tensors, load_file(HERE / file)) for file, tensors in files.items()}
    for file, tensor in arrays.items():
        worst[file] = difference({file: tensor}, {file: torch.from_numpy(numpy.load(HERE / file))})
    print(versions, "worst difference:", worst)
    sys.exit(not all(value <= TOLERANCE for value in worst.values()))
for file, tensors in files.items():
    save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, HERE / file, {"format": "pt", **versions})
for file, tensor in arrays.items():
    numpy.save(HERE / file, tensor.numpy())
