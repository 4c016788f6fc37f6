"""Rows of chat JSONL to tokens, and tokens to micro-batches.

What is learnt has to be what is asked: a conversation becomes the same tokens here as it does where the program asks an embedded
model. Texts are turned into tokens apart from the template around them, so that a text which says `<|im_end|>` stays a text.
"""

import json
import random
from dataclasses import dataclass
from pathlib import Path

# Between these stands the number of a text in a rendered template.
BEGIN, END = "\x01", "\x02"


@dataclass(frozen=True)
class Row:
    """A conversation as tokens; the last `completion` of them are what is learnt."""

    tokens: tuple[int, ...]
    completion: int


def read(path: Path) -> list[list[dict]]:
    """The conversations of a JSONL file: for each line the list of its `messages`."""
    conversations = []
    for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1):
        if not line.strip():
            continue
        try:
            messages = json.loads(line)["messages"]
            roles = [message["role"] for message in messages]
            texts = [message["content"] for message in messages]
        except (ValueError, KeyError, TypeError) as error:
            raise SystemExit(f"{path}:{number}: no row with `messages`: {error}") from error
        if len(roles) < 2 or roles[-1] != "assistant" or not all(isinstance(text, str) for text in texts):
            raise SystemExit(f"{path}:{number}: the last of several messages has to be the assistant's")
        conversations.append(messages)
    return conversations


class Template:
    """The chat template of a tokenizer, as llama.cpp applies it."""

    def __init__(self, tokenizer):
        self.tokenizer = tokenizer
        own = getattr(tokenizer, "chat_template", None)
        self.own = own if isinstance(own, str) else None
        # llama.cpp knows ChatML by its marks and writes it itself: no words of the template's own are added.
        self.is_chatml = "<|im_start|>" in self.own if self.own else self._knows_chatml()

    def _knows_chatml(self) -> bool:
        marks = ["<|im_start|>", "<|im_end|>"]
        return all(len(self.tokenizer(mark, add_special_tokens=False).input_ids) == 1 for mark in marks)

    def row(self, messages: list[dict]) -> Row:
        """The tokens of a conversation."""
        prompt, end = self._rendered([message["role"] for message in messages])
        tokens = list(self.tokenizer("").input_ids)
        tokens = tokens[:1] if tokens and tokens[0] == self.tokenizer.bos_token_id else []
        rest = prompt
        for index, message in enumerate(messages[:-1]):
            before, rest = rest.split(f"{BEGIN}{index}{END}", 1)
            tokens += self._template(before) + self._text(message["content"])
        tokens += self._template(rest)
        if len(tokens) > 1 and tokens[0] == tokens[1] == self.tokenizer.bos_token_id:
            tokens = tokens[1:]
        completion = self._text(messages[-1]["content"]) + self._template(end)
        return Row(tuple(tokens + completion), len(completion))

    def _rendered(self, roles: list[str]) -> tuple[str, str]:
        """The template up to where the answer begins, with marks for the texts; and what ends the answer."""
        texts = [f"{BEGIN}{index}{END}" for index in range(len(roles))]
        if self.is_chatml:
            turns = zip(roles[:-1], texts[:-1], strict=True)
            told = "".join(f"<|im_start|>{role}\n{text}<|im_end|>\n" for role, text in turns)
            return told + "<|im_start|>assistant\n", "<|im_end|>"
        end = self.tokenizer.eos_token or ""
        if self.own is None:
            return "".join(f"{text}\n\n" for text in texts[:-1]), end
        messages = [{"role": role, "content": text} for role, text in zip(roles[:-1], texts[:-1], strict=True)]
        if messages[0]["role"] == "system" and not self._takes(messages):
            # Some templates have no place for a system's words: the first user says them.
            first = {"role": messages[1]["role"], "content": f"{texts[0]}\n\n{texts[1]}"}
            messages = [first, *messages[2:]]
        return self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True), end

    def _takes(self, messages: list[dict]) -> bool:
        try:
            rendered = self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        except Exception:  # A template may raise whatever it likes.
            return False
        return all(rendered.count(message["content"]) == 1 for message in messages)

    def _template(self, text: str) -> list[int]:
        return list(self.tokenizer(text, add_special_tokens=False).input_ids) if text else []

    def _text(self, text: str) -> list[int]:
        return list(self.tokenizer(text, add_special_tokens=False, split_special_tokens=True).input_ids) if text else []


def micro_batches(rows: list[Row], budget: int) -> list[list[Row]]:
    """Rows of like length together, so that little is padding: greedily, the longest first, as many as fit in `budget` tokens with
    their padding, and at least one. With a budget of 0, each row is alone and there is no padding at all."""
    batches: list[list[Row]] = []
    for row in sorted(rows, key=lambda row: (-len(row.tokens), row.tokens)):
        widest = len(batches[-1][0].tokens) if batches else 0
        if batches and widest * (len(batches[-1]) + 1) <= budget:
            batches[-1].append(row)
        else:
            batches.append([row])
    return batches


def steps(batches: list[list[Row]], accumulation: int, seed: int, epoch: int) -> list[list[list[Row]]]:
    """The micro-batches of each optimiser step of an epoch. A pure function of its arguments, so that a run which goes on knows
    what it had before."""
    order = list(batches)
    random.Random(f"{seed}/{epoch}").shuffle(order)
    return [order[at : at + accumulation] for at in range(0, len(order), accumulation)]


def padding(batches: list[list[Row]]) -> float:
    """The share of tokens that are padding."""
    widths = [(len(batch[0].tokens) * len(batch), sum(len(row.tokens) for row in batch)) for batch in batches]
    whole = sum(wide for wide, _ in widths)
    return (whole - sum(own for _, own in widths)) / whole if whole else 0.0
