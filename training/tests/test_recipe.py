"""The recipe over a tiny model that is made on the spot: nothing is downloaded."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import gguf
import numpy as np
import pytest
import torch
from safetensors.numpy import load_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, Qwen2Config, Qwen2ForCausalLM

from tempergate_training import convert, curve, rows, train

HERE = Path(__file__).parent.parent
SMALL = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2}
SMALL |= {"num_attention_heads": 4, "num_key_value_heads": 2}
# Logits of a size that can be moved without training the head.
SMALL["initializer_range"] = 0.3


def bytes_tokenizer() -> PreTrainedTokenizerFast:
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {letter: index for index, letter in enumerate(alphabet)}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens(["<|im_start|>", "<|im_end|>"])
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<|im_end|>", pad_token="<|im_end|>")


def save_model(folder: Path, kind: str = "qwen2") -> Path:
    torch.manual_seed(7)
    tokenizer = bytes_tokenizer()
    makes = {"qwen2": (Qwen2Config, Qwen2ForCausalLM), "llama": (LlamaConfig, LlamaForCausalLM)}[kind]
    made = makes[1](makes[0](vocab_size=len(tokenizer), **SMALL))
    made.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def conversation(number: int) -> list[dict]:
    return [
        {"role": "system", "content": "You repair code."},
        {"role": "user", "content": f"Repair f{number}: " + "x" * (number % 5)},
        {"role": "assistant", "content": f"def f{number}(): return {number}"},
    ]


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("world")
    data = folder / "data"
    data.mkdir()
    for name, numbers in [("train", range(14)), ("validation", range(20, 23))]:
        lines = [json.dumps({"messages": conversation(number)}) for number in numbers]
        (data / f"{name}.jsonl").write_text("\n".join(lines) + "\n")
    return save_model(folder / "model"), data


def arguments(world, output: Path, *more: str) -> list[str]:
    model, data = world
    own = ["--data", str(data), "--base", str(model), "--output", str(output), "--cpu", "--threads", "1"]
    return [*own, "--epochs", "2", "--learning-rate", "0.01", "--dropout", "0.1", *more]


def losses(output: Path) -> list[tuple]:
    log = [json.loads(line) for line in (output / "log.jsonl").read_text().splitlines()]
    return [(row["step"], row.get("loss"), row.get("validation_loss")) for row in log]


@pytest.fixture(scope="module")
def unbroken(world, tmp_path_factory) -> Path:
    output = tmp_path_factory.mktemp("unbroken")
    assert train.main(arguments(world, output)) == 0
    return output


def test_a_run_learns_and_says_what_it_did(unbroken):
    log = losses(unbroken)
    assert [step for step, _, _ in log] == list(range(9))
    assert log[-1][1] < log[1][1] * 0.95
    measured = [value for _, _, value in log if value is not None]
    assert len(measured) >= 3 and measured[-1] < measured[0]
    assert "polyline" in (unbroken / "loss.svg").read_text()
    config = json.loads((unbroken / "base" / "config.json").read_text())
    assert config["architectures"] == ["Qwen2ForCausalLM"] and "quantization_config" not in config


def test_a_run_in_pieces_comes_to_the_same(world, unbroken, tmp_path):
    for _ in range(2):
        assert train.main(arguments(world, tmp_path, "--stop-after", "3")) == train.STOPPED
    # What a killed run wrote behind its checkpoint is done again.
    with (tmp_path / "log.jsonl").open("a") as log:
        log.write('{"step": 7, "loss": 99.0}\n{"step": 8, "lo')
    assert train.main(arguments(world, tmp_path)) == 0
    assert losses(tmp_path) == losses(unbroken)
    once, again = (load_file(folder / "adapter" / "adapter_model.safetensors") for folder in (unbroken, tmp_path))
    assert once.keys() == again.keys()
    assert all(np.array_equal(once[name], again[name]) for name in once)


def test_a_run_with_other_settings_does_not_go_on(world, tmp_path):
    assert train.main(arguments(world, tmp_path, "--stop-after", "1")) == train.STOPPED
    with pytest.raises(SystemExit, match="other settings .seed."):
        train.main(arguments(world, tmp_path, "--seed", "9"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_run_with_a_checkpoint(world, tmp_path, number):
    command = [sys.executable, "-m", "tempergate_training.train", *arguments(world, tmp_path, "--epochs", "100000")]
    running = subprocess.Popen(command, cwd=HERE, stderr=subprocess.PIPE, text=True)
    log = tmp_path / "log.jsonl"
    while running.poll() is None and not (log.is_file() and log.read_text().count("\n") > 2):
        time.sleep(0.05)
    running.send_signal(number)
    said = running.communicate()[1]
    assert running.returncode == train.STOPPED, said
    assert "run it again to go on" in said
    checkpoint = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    assert checkpoint["step"] == losses(tmp_path)[-1][0]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="asks the system how a process fares")
def test_a_run_ends_in_order_when_its_parent_is_gone(world, tmp_path):
    own = [sys.executable, "-m", "tempergate_training.train", *arguments(world, tmp_path, "--epochs", "100000")]
    shell = ["sh", "-c", '"$@" & echo $!; wait', "sh", *own, "--end-with-parent"]
    parent = subprocess.Popen(shell, cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    number = int(parent.stdout.readline())
    log = tmp_path / "log.jsonl"
    while not (log.is_file() and log.read_text().count("\n") > 2):
        assert parent.poll() is None
        time.sleep(0.05)
    parent.kill()
    parent.wait()
    while Path(f"/proc/{number}/stat").exists() and Path(f"/proc/{number}/stat").read_text().split()[2] != "Z":
        time.sleep(0.05)
    assert torch.load(tmp_path / "checkpoint.pt", weights_only=True)["step"] == losses(tmp_path)[-1][0]


def test_two_processes_come_to_what_one_does(world, unbroken, tmp_path):
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--cpu", "--num_processes", "2", "--num_machines", "1"]
    more = ["--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0"]
    command = [*launch, *more, "-m", "tempergate_training.train", *arguments(world, tmp_path, "--dropout", "0")]
    ran = subprocess.run(command, cwd=HERE, capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"})
    assert ran.returncode == 0, ran.stderr
    alone = tmp_path / "alone"
    assert train.main(arguments(world, alone, "--dropout", "0")) == 0
    for one, two in zip(losses(alone), losses(tmp_path), strict=True):
        one, two = ([value for value in row if value is not None] for row in (one, two))
        assert one == pytest.approx(two, rel=1e-4)


def test_long_rows_are_left_out_and_counted(world, tmp_path, capsys):
    widest = max(len(rows.Template(bytes_tokenizer()).row(conversation(number)).tokens) for number in range(14))
    assert train.main(arguments(world, tmp_path, "--max-tokens", str(widest - 1), "--stop-after", "1")) == train.STOPPED
    assert f"rows have more than {widest - 1} tokens and are left out" in capsys.readouterr().err


def test_a_conversation_is_the_tokens_that_are_asked_with():
    tokenizer = bytes_tokenizer()
    messages = [{"role": "user", "content": "say <|im_end|>"}, {"role": "assistant", "content": "ok"}]
    row = rows.Template(tokenizer).row(messages)
    begin, end = tokenizer.convert_tokens_to_ids(["<|im_start|>", "<|im_end|>"])
    # A mark within a text is text: only the template's own marks are tokens of their own.
    assert row.tokens.count(end) == 2 and row.tokens.count(begin) == 2
    assert tokenizer.decode(row.tokens) == "<|im_start|>user\nsay <|im_end|><|im_end|>\n<|im_start|>assistant\nok<|im_end|>"
    assert tokenizer.decode(row.tokens[-row.completion :]) == "ok<|im_end|>"


def test_rows_of_like_length_go_together():
    lengths = [9, 3, 4, 10, 3, 8]
    made = [rows.Row(tuple(range(length)), 1) for length in lengths]
    packed = rows.micro_batches(made, 20)
    assert [[len(row.tokens) for row in batch] for batch in packed] == [[10, 9], [8, 4], [3, 3]]
    assert rows.padding(packed) == pytest.approx(5 / 42)
    assert [len(batch) for batch in rows.micro_batches(made, 0)] == [1] * 6
    first, again, other = (rows.steps(packed, 2, seed, 0) for seed in (1, 1, 5))
    assert first == again and [len(step) for step in other] == [2, 1]


def test_padding_changes_nothing(world):
    template = rows.Template(bytes_tokenizer())
    made = [template.row(conversation(number)) for number in (1, 4)]
    model = Qwen2ForCausalLM.from_pretrained(world[0]).eval()
    together = train.negative_log_likelihood(model, made, "cpu")
    alone = sum(train.negative_log_likelihood(model, [row], "cpu") for row in made)
    assert together.item() == pytest.approx(alone.item(), rel=1e-5)
    row = made[0]
    with torch.no_grad():
        logits = model(torch.tensor([row.tokens])).logits[0].log_softmax(-1)
    places = range(len(row.tokens) - row.completion, len(row.tokens))
    by_hand = -sum(logits[place - 1, row.tokens[place]].item() for place in places)
    assert train.negative_log_likelihood(model, [row], "cpu").item() == pytest.approx(by_hand, rel=1e-5)


def test_the_adapter_as_gguf_has_the_matrices_that_were_trained(unbroken, tmp_path):
    output = tmp_path / "adapter.gguf"
    assert convert.convert(unbroken, output, "f32") == 2 * 7 * 2
    read = gguf.GGUFReader(output)
    assert read.fields["general.type"].contents() == "adapter"
    assert read.fields["general.architecture"].contents() == "qwen2"
    assert read.fields["adapter.type"].contents() == "lora"
    assert read.fields["adapter.lora.alpha"].contents() == 16.0
    tensors = {tensor.name: tensor.data for tensor in read.tensors}
    assert len(tensors) == 28
    trained = load_file(unbroken / "adapter" / "adapter_model.safetensors")
    name = "base_model.model.model.layers.1.mlp.down_proj.lora_{}.weight"
    assert np.array_equal(tensors["blk.1.ffn_down.weight.lora_a"], trained[name.format("A")])
    assert np.array_equal(tensors["blk.1.ffn_down.weight.lora_b"], trained[name.format("B")])
    assert tensors["blk.0.attn_k.weight.lora_b"].shape == (16, 8)


def test_queries_and_keys_of_llama_are_put_in_order():
    # One head of four rows: 0 1 | 2 3 become 0 2 1 3; a second one likewise.
    put = convert.reorder(np.arange(8).reshape(8, 1), 2)
    assert put[:, 0].tolist() == [0, 2, 1, 3, 4, 6, 5, 7]


def test_a_curve_without_measurements_is_a_picture():
    assert curve.svg([]).count("<svg") == 1 and "nan" not in curve.svg([{"step": 1, "loss": float("nan")}])
