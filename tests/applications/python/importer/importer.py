"""Imports product data that partners send as YAML, XML, JSON or CSV, and answers small queries about it."""
import argparse
import csv
import json
import pickle
import sys
import xml.sax
import xml.etree.ElementTree as ET
from pathlib import Path

import yaml
from flask import Flask, jsonify, request

app = Flask(__name__)
products = {}


class ProductHandler(xml.sax.ContentHandler):
    """Collects <product sku=... price=...>name</product>."""

    def __init__(self):
        super().__init__()
        self.found = []
        self.text = ""

    def startElement(self, name, attributes):
        self.text = ""
        if name == "product":
            self.found.append({"sku": attributes["sku"], "price": float(attributes["price"])})

    def characters(self, content):
        self.text += content

    def endElement(self, name):
        if name == "product":
            self.found[-1]["name"] = self.text.strip()


def from_yaml(text):
    return yaml.load(text, Loader=yaml.Loader)["products"]


def from_xml(data):
    handler = ProductHandler()
    xml.sax.parseString(data, handler)
    return handler.found


def from_catalogue(text):
    root = ET.fromstring(text)
    return [{"sku": e.get("sku"), "price": float(e.get("price")), "name": e.text} for e in root.iter("product")]


def store(items):
    for item in items:
        products[item["sku"]] = item
    return len(items)


@app.route("/import", methods=["POST"])
def import_products():
    kind = request.content_type.split(";")[0]
    body = request.get_data()
    try:
        if kind == "application/x-yaml":
            count = store(from_yaml(body))
        elif kind == "application/xml":
            count = store(from_xml(body))
        elif kind == "text/xml":
            count = store(from_catalogue(body.decode("utf-8")))
        else:
            count = store(json.loads(body))
    except Exception as e:
        return jsonify({"error": f"Import failed: {e}"}), 400
    return jsonify({"imported": count})


@app.route("/discount")
def discount():
    """Prices after a formula over `price`, such as price*0.9 (for our own shop staff)."""
    formula = request.args["formula"]
    return jsonify({sku: eval(formula, {}, {"price": p["price"]}) for sku, p in products.items()})


@app.route("/settings", methods=["PUT"])
def settings():
    values = eval(request.get_data(as_text=True))
    app.config["LIMITS"] = values
    return jsonify({"limits": len(values)})


def save_cache(path):
    Path(path).write_bytes(pickle.dumps(products))


def load_cache(path):
    with open(path, "rb") as f:
        products.update(pickle.load(f))
    return len(products)


def main(arguments=None):
    parser = argparse.ArgumentParser()
    parser.add_argument("file", help="a YAML file")
    parser.add_argument("--csv", action="store_true")
    options = parser.parse_args(arguments)
    with open(options.file) as f:
        items = yaml.load(f, Loader=yaml.FullLoader)["products"]
    if options.csv:
        writer = csv.DictWriter(sys.stdout, ["sku", "name", "price"])
        writer.writeheader()
        writer.writerows(items)
    else:
        json.dump(items, sys.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main())
