"""Trains LoRA adapters for Tempergate's strategy `lora`, and writes them as GGUF files."""
