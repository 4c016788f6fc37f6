"""The base model: a Hugging Face folder or a GGUF file."""

import hashlib
import json
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

# The projections of attention and of the feed-forward part: all that a LoRA adapter commonly changes.
PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


def place(base: Path) -> tuple[str, dict]:
    """Where transformers looks for a base, and the arguments that it needs."""
    if base.is_dir():
        return str(base), {}
    if base.is_file() and base.suffix.lower() == ".gguf":
        return str(base.parent), {"gguf_file": base.name}
    raise SystemExit(f"{base}: neither a folder of a model nor a GGUF file")


def digest(base: Path) -> str:
    """What tells a base from others: of a file, its SHA-256; of a folder, that of its configuration and its index of weights."""
    files = [base] if base.is_file() else sorted(base.glob("*.json"))
    whole = hashlib.sha256()
    for file in files:
        with file.open("rb") as opened:
            whole.update(hashlib.file_digest(opened, "sha256").digest())
    return whole.hexdigest()


def tokenizer(base: Path):
    """The tokenizer of a base. Nothing of the folder is executed."""
    where, more = place(base)
    return AutoTokenizer.from_pretrained(where, local_files_only=True, trust_remote_code=False, **more)


def model(base: Path, dtype: torch.dtype):
    """The weights of a base, which are not trained."""
    where, more = place(base)
    loaded = AutoModelForCausalLM.from_pretrained(
        where, local_files_only=True, trust_remote_code=False, dtype=dtype, **more
    )
    loaded.config.use_cache = False
    return loaded.requires_grad_(False)


def save_description(loaded, its_tokenizer, folder: Path) -> None:
    """The configuration and the tokenizer of a base, in a form that other programs read as a folder of a model."""
    folder.mkdir(parents=True, exist_ok=True)
    loaded.config.save_pretrained(folder)
    its_tokenizer.save_pretrained(folder)
    path = folder / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    # What comes from a GGUF file names no class, and says that it is quantised, which the trained weights were not.
    config["architectures"] = [type(loaded).__name__]
    config.pop("quantization_config", None)
    path.write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
