"""Prints labels for parcels on the printer of the store room."""

import os
import sys
import tempfile


def label_text(name, street, town):
    return "\n".join([name, street, town])


def print_label(text, printer):
    with tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False) as label:
        label.write(text)
    os.system("lpr -P " + printer + " " + label.name)


def main():
    name, street, town = sys.stdin.read().splitlines()
    print_label(label_text(name, street, town), sys.argv[1])


if __name__ == "__main__":
    main()
