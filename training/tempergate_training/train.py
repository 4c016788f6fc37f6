"""Trains a LoRA adapter: `python -m tempergate_training.train --data DIR --base MODEL --output RUN`.

A plain loop, and no trainer of a library: what a run has to do is go on exactly where it stopped, learn from the completion alone
by the tokens that the program asks with, and say how far it is. That is less code than the settings of a trainer, and it can be
held by a test.

The weights of the base stay as they are; the gradient of a step is that of the mean loss of all its completion tokens, however they
are spread over micro-batches and processes. Everything that is drawn at random follows from the seed and the number of the step.
"""

import argparse
import json
import math
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from accelerate import Accelerator
from peft import LoraConfig, get_peft_model

from . import base, curve, rows

STOPPED = 3
"""The exit status of a run that was asked to end, and can go on."""


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Trains a LoRA adapter. Run again, it goes on where it stopped.")
    add = parser.add_argument
    add("--data", type=Path, required=True, help="the folder with train.jsonl and validation.jsonl")
    add("--base", type=Path, required=True, help="a GGUF file, or a folder of a Hugging Face model")
    add("--output", type=Path, required=True, help="the folder of the run")
    add("--rank", type=int, default=8)
    add("--alpha", type=int, default=16)
    add("--dropout", type=float, default=0.0)
    add("--learning-rate", type=float, default=2e-4)
    add("--warm-up", type=float, default=0.05, help="the share of the steps in which the learning rate rises")
    add("--epochs", type=int, default=1)
    add("--accumulation", type=int, default=4, help="micro-batches a step")
    add("--batch-tokens", type=int, default=0, help="tokens of a micro-batch, padding included; 0: one row each")
    add("--max-tokens", type=int, default=1024, help="longer rows are left out")
    add("--validations", type=int, default=4, help="how often an epoch the validation loss is measured")
    add("--seed", type=int, default=1)
    add("--dtype", choices=["auto", "float32", "bfloat16"], default="auto", help="of the base")
    add("--cpu", action="store_true", help="use no GPU")
    add("--threads", type=int, default=0, help="of the CPU; 0: as many as there are")
    add("--checkpoint-seconds", type=float, default=600.0)
    add("--end-with-parent", action="store_true", help="end in order when the process that started this one is gone")
    add("--stop-after", type=int, default=0, help="end after so many steps of this call, as if asked to")
    return parser.parse_args(given)


@dataclass
class Order:
    """What is done in which step."""

    train: list[list[rows.Row]]
    accumulation: int
    seed: int
    epochs: int

    @property
    def steps_an_epoch(self) -> int:
        return math.ceil(len(self.train) / self.accumulation)

    @property
    def steps(self) -> int:
        return self.steps_an_epoch * self.epochs

    def step(self, number: int) -> list[list[rows.Row]]:
        """The micro-batches of a step, from one."""
        epoch, within = divmod(number - 1, self.steps_an_epoch)
        return rows.steps(self.train, self.accumulation, self.seed, epoch)[within]


class Stop:
    """Whether somebody asked for the end, or nobody waits for it any more."""

    def __init__(self, with_parent: bool):
        self._asked = False
        self.parent = os.getppid() if with_parent else None
        for name in ("SIGINT", "SIGTERM"):
            signal.signal(getattr(signal, name), self._ask)

    @property
    def asked(self) -> bool:
        return self._asked or (self.parent is not None and os.getppid() != self.parent)

    def _ask(self, _number, _frame):
        self._asked = True


def rate(step: int, steps: int, most: float, warm_up: float) -> float:
    """The learning rate of a step, from one: a straight way up, then a straight way down to nothing."""
    rising = max(1, round(steps * warm_up))
    if step <= rising:
        return most * step / rising
    return most * (steps - step + 1) / (steps - rising + 1)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def negative_log_likelihood(model, batch: list[rows.Row], device) -> torch.Tensor:
    """The sum over the completion tokens of some rows. Logits are made for the columns with completions alone, since those of a
    large vocabulary are most of the work of a small model."""
    width = max(len(row.tokens) for row in batch)
    tokens = torch.zeros(len(batch), width, dtype=torch.long)
    mask = torch.zeros(len(batch), width, dtype=torch.long)
    labels = torch.full((len(batch), width), -100, dtype=torch.long)
    for index, row in enumerate(batch):
        own = torch.tensor(row.tokens, dtype=torch.long)
        tokens[index, : len(own)] = own
        mask[index, : len(own)] = 1
        labels[index, len(own) - row.completion : len(own)] = own[len(own) - row.completion :]
    first = min(len(row.tokens) - row.completion for row in batch)
    keep = torch.arange(first - 1, width - 1)
    # One row has no padding; without a mask the faster kernels can be used.
    mask = None if len(batch) == 1 else mask.to(device)
    logits = model(input_ids=tokens.to(device), attention_mask=mask, logits_to_keep=keep.to(device)).logits
    wanted = labels[:, first:].to(device)
    return torch.nn.functional.cross_entropy(
        logits.float().reshape(-1, logits.shape[-1]), wanted.reshape(-1), ignore_index=-100, reduction="sum"
    )


def completion_tokens(batches: list[list[rows.Row]]) -> int:
    return sum(row.completion for batch in batches for row in batch)


class Run:
    """A run, from its checkpoint on."""

    def __init__(self, given: argparse.Namespace):
        self.given = given
        if given.threads:
            torch.set_num_threads(given.threads)
        self.accelerator = Accelerator(cpu=given.cpu or not torch.cuda.is_available())
        self.device = self.accelerator.device
        self.leads = self.accelerator.is_main_process
        self.stop = Stop(given.end_with_parent)
        self.tokenizer = base.tokenizer(given.base)
        template = rows.Template(self.tokenizer)
        self.left_out: dict[str, int] = {}
        train = self._rows(template, "train")
        if not train:
            raise SystemExit(f"{given.data}: there is no row to train with of at most {given.max_tokens} tokens")
        batches = rows.micro_batches(train, given.batch_tokens)
        self.validation = rows.micro_batches(self._rows(template, "validation"), given.batch_tokens)
        self.order = Order(batches, given.accumulation, given.seed, given.epochs)
        if self.leads:
            share = rows.padding(batches)
            say(f"{len(train)} rows in {len(batches)} micro-batches ({share:.0%} padding), {self.order.steps} steps")
        self.fingerprint = self._fingerprint()
        self.step = 0
        self.seconds = 0.0

    def _rows(self, template: rows.Template, name: str) -> list[rows.Row]:
        path = self.given.data / f"{name}.jsonl"
        if name == "validation" and not path.is_file():
            return []
        every = [template.row(messages) for messages in rows.read(path)]
        short = [row for row in every if len(row.tokens) <= self.given.max_tokens]
        self.left_out[name] = len(every) - len(short)
        if self.leads and len(short) < len(every):
            say(f"{name}: {len(every) - len(short)} of {len(every)} rows have more than {self.given.max_tokens} tokens and are left out")
        return short

    def _fingerprint(self) -> dict:
        """What decides what a run comes to, besides the machine. A checkpoint of another run is not gone on with."""
        given = self.given
        names = (
            "rank alpha dropout learning_rate warm_up epochs accumulation batch_tokens max_tokens seed dtype validations"
        ).split()
        told = {name: getattr(given, name) for name in names}
        told["base"] = base.digest(given.base)
        told["data"] = base.digest(given.data / "train.jsonl")
        return told

    def load(self) -> None:
        """Makes the model and takes up the checkpoint, if there is one."""
        given = self.given
        wanted = given.dtype
        if wanted == "auto":
            wanted = "bfloat16" if self.device.type == "cuda" and torch.cuda.is_bf16_supported() else "float32"
        loaded = base.model(given.base, getattr(torch, wanted))
        if self.leads:
            base.save_description(loaded, self.tokenizer, given.output / "base")
        torch.manual_seed(given.seed)
        config = LoraConfig(
            r=given.rank,
            lora_alpha=given.alpha,
            lora_dropout=given.dropout,
            target_modules=list(base.PROJECTIONS),
            task_type="CAUSAL_LM",
        )
        self.model = get_peft_model(loaded, config).to(self.device)
        self.trained = [(name, value) for name, value in self.model.named_parameters() if value.requires_grad]
        for _, value in self.trained:
            value.data = value.data.float()
        self.optimiser = torch.optim.AdamW([value for _, value in self.trained], lr=given.learning_rate, weight_decay=0.0)
        path = given.output / "checkpoint.pt"
        if path.is_file():
            self._take_up(torch.load(path, map_location=self.device, weights_only=True), path)

    def _take_up(self, checkpoint: dict, path: Path) -> None:
        if checkpoint["fingerprint"] != self.fingerprint:
            other = [k for k, v in self.fingerprint.items() if checkpoint["fingerprint"].get(k) != v]
            raise SystemExit(f"{path} is of a run with other settings ({', '.join(other)}); take another folder for this one")
        for name, value in self.trained:
            value.data.copy_(checkpoint["weights"][name])
        self.optimiser.load_state_dict(checkpoint["optimiser"])
        self.step, self.seconds = checkpoint["step"], checkpoint["seconds"]
        if self.leads:
            say(f"going on behind step {self.step} of {self.order.steps}")

    def checkpoint(self) -> None:
        """Writes what is needed to go on; a run that is killed meanwhile has the one before."""
        if not self.leads:
            return
        path = self.given.output / "checkpoint.pt"
        whole = {
            "step": self.step,
            "seconds": self.seconds,
            "weights": {name: value.detach() for name, value in self.trained},
            "optimiser": self.optimiser.state_dict(),
            "fingerprint": self.fingerprint,
        }
        torch.save(whole, path.with_suffix(".part"))
        os.replace(path.with_suffix(".part"), path)

    def train(self) -> bool:
        """All steps that are left; gives whether the run is at its end."""
        log = Log(self.given.output, self.leads)
        log.cut(self.step)
        every = max(1, self.order.steps_an_epoch // self.given.validations) if self.given.validations else 0
        if self.step == 0 and every and self.validation:
            log.add({"step": 0, "validation_loss": self.measure()})
        began, done, saved, told = time.monotonic(), 0, time.monotonic(), 0.0
        while self.step < self.order.steps:
            if self._ends(done):
                self.checkpoint()
                return False
            row = self.one()
            done += 1
            last = self.step == self.order.steps
            if every and self.validation and (self.step % every == 0 or last):
                row["validation_loss"] = self.measure()
            log.add(row)
            if time.monotonic() - saved >= self.given.checkpoint_seconds:
                self.checkpoint()
                saved = time.monotonic()
            if self.leads and (time.monotonic() - told >= 10 or last):
                told = time.monotonic()
                each = (told - began) / done
                left = duration(each * (self.order.steps - self.step))
                say(f"step {self.step} of {self.order.steps}: loss {row['loss']:.3f}, {each:.1f} s a step, about {left} left")
        self.checkpoint()
        self._finish(log)
        return True

    def _ends(self, done: int) -> bool:
        asked = self.stop.asked or 0 < self.given.stop_after <= done
        if self.accelerator.num_processes == 1:
            return asked
        # All processes end behind the same step.
        mine = torch.tensor([float(asked)], device=self.device)
        return bool(self.accelerator.reduce(mine, reduction="sum").item() > 0)

    def one(self) -> dict:
        """One step."""
        began = time.monotonic()
        self.step += 1
        self.model.train()
        batches = self.order.step(self.step)
        tokens = completion_tokens(batches)
        torch.manual_seed(self.given.seed * 1_000_003 + self.step)
        mine = batches[self.accelerator.process_index :: self.accelerator.num_processes]
        total = torch.zeros(1, device=self.device)
        for batch in mine:
            loss = negative_log_likelihood(self.model, batch, self.device) / tokens
            loss.backward()
            total += loss.detach()
        self._join(total)
        torch.nn.utils.clip_grad_norm_([value for _, value in self.trained], 1.0)
        learning_rate = rate(self.step, self.order.steps, self.given.learning_rate, self.given.warm_up)
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        seconds = time.monotonic() - began
        self.seconds += seconds
        read = sum(len(row.tokens) for batch in batches for row in batch)
        epoch = (self.step - 1) // self.order.steps_an_epoch + 1
        return {
            "step": self.step,
            "epoch": epoch,
            "loss": round(total.item(), 6),
            "learning_rate": learning_rate,
            "tokens": read,
            "completion_tokens": tokens,
            "seconds": round(seconds, 3),
        }

    def _join(self, total: torch.Tensor) -> None:
        """Sums the gradients and the loss of all processes. The parts are sums already weighted by the tokens of the whole step."""
        if self.accelerator.num_processes == 1:
            return
        for _, value in self.trained:
            grad = value.grad if value.grad is not None else torch.zeros_like(value)
            value.grad = self.accelerator.reduce(grad, reduction="sum")
        total.copy_(self.accelerator.reduce(total, reduction="sum"))

    @torch.no_grad()
    def measure(self) -> float:
        """The mean loss of the completion tokens of the validation rows."""
        self.model.eval()
        mine = self.validation[self.accelerator.process_index :: self.accelerator.num_processes]
        total = torch.zeros(1, device=self.device)
        for batch in mine:
            total += negative_log_likelihood(self.model, batch, self.device)
        if self.accelerator.num_processes > 1:
            total = self.accelerator.reduce(total, reduction="sum")
        return round(total.item() / completion_tokens(self.validation), 6)

    def _finish(self, log: "Log") -> None:
        if not self.leads:
            return
        output = self.given.output
        self.model.save_pretrained(output / "adapter")
        (output / "loss.svg").write_text(curve.svg(log.read()), encoding="utf-8")
        summary = {
            "base": self.given.base.name,
            "steps": self.step,
            "seconds": round(self.seconds, 1),
            "left_out": self.left_out,
            "settings": self.fingerprint,
        }
        (output / "training.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")


class Log:
    """`log.jsonl`: one line a step."""

    def __init__(self, folder: Path, writes: bool):
        self.path = folder / "log.jsonl"
        self.writes = writes

    def read(self) -> list[dict]:
        if not self.path.is_file():
            return []
        lines = self.path.read_text(encoding="utf-8").split("\n")
        # What stands behind the last line break was cut off by a sudden end.
        return [json.loads(line) for line in lines[:-1] if line]

    def cut(self, step: int) -> None:
        """Takes out what came behind the checkpoint: it is done again."""
        if self.writes:
            kept = [row for row in self.read() if row["step"] <= step and (step > 0 or row["step"] > 0)]
            self.path.write_text("".join(json.dumps(row) + "\n" for row in kept), encoding="utf-8")

    def add(self, row: dict) -> None:
        if self.writes:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")


def main(given: list[str] | None = None) -> int:
    run = Run(arguments(given))
    run.given.output.mkdir(parents=True, exist_ok=True)
    run.load()
    if run.train():
        if run.leads:
            say(f"trained: {run.given.output / 'adapter'}")
        return 0
    if run.leads:
        say(f"stopped behind step {run.step} of {run.order.steps}; run it again to go on")
    return STOPPED


if __name__ == "__main__":
    raise SystemExit(main())
