"""Loss and gradient of a small AST by PyTorch: gradients.safetensors and gradients.config.json.

python3 -m venv venv && venv/bin/pip install torch==2.13.0 transformers==5.23.0 safetensors
venv/bin/python tests/golden/models/ast/make_gradients.py

Weights under the names that transformers 5 has in memory (`weight/...`), gradients under the hub's (`gradient/...`), which
its own save_pretrained writes: a test of the renaming as well. Computed in float64 from float32 weights and input.
The grid is not square and its strides differ, so that no axis can stand for another.
"""
import json
import pathlib
import tempfile

import safetensors.torch
import torch
import transformers

folder = pathlib.Path(__file__).parent
sizes = dict(
    hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32, max_length=72, num_mel_bins=48,
    patch_size=16, time_stride=10, frequency_stride=16, layer_norm_eps=1e-12, num_labels=3,
    hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
)
torch.manual_seed(20260711)
model = transformers.ASTForAudioClassification(transformers.ASTConfig(**sizes, attn_implementation="eager")).eval()
with torch.no_grad():
    for name, parameter in model.named_parameters():
        centre = 1.0 if "layernorm" in name and name.endswith("weight") else 0.0
        parameter.copy_(centre + 0.2 * torch.randn_like(parameter))
weights = {name: parameter.detach().clone() for name, parameter in model.named_parameters()}
spectrograms = torch.randn(2, sizes["max_length"], sizes["num_mel_bins"])
targets = torch.randn(2, sizes["num_labels"])

model = model.double()
logits = model(spectrograms.double()).logits
loss = ((logits - targets.double()) ** 2).mean()
loss.backward()

# The gradients take the weights' places, so that save_pretrained gives them their names.
with torch.no_grad():
    for parameter in model.parameters():
        parameter.copy_(parameter.grad)
with tempfile.TemporaryDirectory() as saved:
    model.float().save_pretrained(saved)
    gradients = safetensors.torch.load_file(f"{saved}/model.safetensors")

safetensors.torch.save_file(
    {
        **{f"weight/{name}": tensor for name, tensor in weights.items()},
        **{f"gradient/{name}": tensor for name, tensor in gradients.items()},
        "input": spectrograms,
        "targets": targets,
        "logits": logits.detach().float(),
        "loss": loss.detach().float(),
    },
    folder / "gradients.safetensors",
    {"torch": torch.__version__, "transformers": transformers.__version__},
)
config = {"model_type": "audio-spectrogram-transformer", **sizes, "qkv_bias": True, "hidden_act": "gelu"}
(folder / "gradients.config.json").write_text(json.dumps(config, indent=1) + "\n")
print("loss", loss.item(), "numbers", sum(tensor.numel() for tensor in weights.values()))
