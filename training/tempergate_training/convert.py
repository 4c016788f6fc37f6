"""A trained adapter to a GGUF file that llama.cpp takes: `python -m tempergate_training.convert RUN OUTPUT.gguf`.

Written here, with the `gguf` package, and not by llama.cpp's own script: an adapter is a few keys and two matrices for each
projection, and that script is in no package. The form is that which llama.cpp reads: `general.type` adapter, `adapter.type` lora,
`adapter.lora.alpha`, and for each tensor of the base `NAME.lora_a` (rank x inputs) and `NAME.lora_b` (outputs x rank).
"""

import argparse
import json
import re
import sys
from pathlib import Path

import gguf
import numpy as np
from safetensors.numpy import load_file

# Models of these types, and what llama.cpp calls their architecture.
ARCHITECTURES = {
    "llama": "llama",
    "mistral": "llama",
    "qwen2": "qwen2",
    "qwen3": "qwen3",
}
# Here llama.cpp has the rows of queries and keys in another order: halves of a head one after the other become pairs.
REORDERED = {"llama"}
NAME = re.compile(r"^base_model\.model\.(?P<base>.+)\.lora_(?P<side>[AB])\.weight$")


def reorder(rows: np.ndarray, heads: int) -> np.ndarray:
    """Rows of queries or keys in llama.cpp's order: within a head, row i of the first half and row i of the second become
    neighbours."""
    shape = rows.shape
    return rows.reshape(heads, 2, shape[0] // heads // 2, *shape[1:]).swapaxes(1, 2).reshape(shape)


def convert(run: Path, output: Path, dtype: str = "f16") -> int:
    """Writes the adapter of a run as a GGUF file; gives the number of its tensors."""
    config = json.loads((run / "base" / "config.json").read_text(encoding="utf-8"))
    adapter = json.loads((run / "adapter" / "adapter_config.json").read_text(encoding="utf-8"))
    kind = config.get("model_type")
    if kind not in ARCHITECTURES:
        known = ", ".join(sorted(ARCHITECTURES))
        raise SystemExit(f"models of the type {kind!r} cannot be converted here, only {known}; llama.cpp's script can do more")
    for key in ("use_dora", "use_rslora", "modules_to_save"):
        if adapter.get(key):
            raise SystemExit(f"an adapter with {key} cannot be converted")
    architecture = ARCHITECTURES[kind]
    tensors = load_file(run / "adapter" / "adapter_model.safetensors")
    names = gguf.get_tensor_name_map(_architecture(architecture), config["num_hidden_layers"])
    queries = config["num_attention_heads"]
    keys = config.get("num_key_value_heads") or queries
    writer = gguf.GGUFWriter(None, architecture)
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, float(adapter["lora_alpha"]))
    sides: dict[str, set[str]] = {}
    for name in sorted(tensors):
        found = NAME.match(name)
        base = names.get_name(found["base"] + ".weight", try_suffixes=(".weight",)) if found else None
        if base is None:
            raise SystemExit(f"there is no place for the tensor {name} in a model of the architecture {architecture}")
        values = tensors[name].astype(np.float32)
        if not np.isfinite(values).all():
            raise SystemExit(f"the tensor {name} has values that are no numbers")
        if found["side"] == "B" and architecture in REORDERED and base.endswith(("attn_q.weight", "attn_k.weight")):
            values = reorder(values, queries if base.endswith("attn_q.weight") else keys)
        sides.setdefault(base, set()).add(found["side"])
        values = np.ascontiguousarray(values.astype(np.float16 if dtype == "f16" else np.float32))
        writer.add_tensor(f"{base}.lora_{found['side'].lower()}", values)
    lonely = sorted(base for base, both in sides.items() if both != {"A", "B"})
    if lonely or not sides:
        raise SystemExit(f"matrices are missing: {', '.join(lonely) or 'all'}")
    whole = output.with_name(output.name + ".part")
    writer.write_header_to_file(whole)
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    whole.replace(output)
    return len(tensors)


def _architecture(name: str):
    return next(number for number, text in gguf.MODEL_ARCH_NAMES.items() if text == name)


def main() -> int:
    parser = argparse.ArgumentParser(description="Writes the adapter of a run as a GGUF file.")
    parser.add_argument("run", type=Path, help="the folder that `train` wrote")
    parser.add_argument("output", type=Path, help="the GGUF file")
    parser.add_argument("--dtype", choices=["f16", "f32"], default="f16")
    arguments = parser.parse_args()
    if not (arguments.run / "adapter" / "adapter_model.safetensors").is_file():
        raise SystemExit(f"{arguments.run}: there is no adapter in it; `train` writes one")
    number = convert(arguments.run, arguments.output, arguments.dtype)
    print(f"{arguments.output}: {number} tensors", file=sys.stderr)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
