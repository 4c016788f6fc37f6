// Filters over the samples, and links that set them. Writes nothing but one sentence of its own, the number of samples.
"use strict";
(() => {
  const form = document.getElementById("filters");
  const names = ["mode", "model", "language", "strategy", "scenario"];
  // Links write the values in this order.
  const linked = ["mode", "model", "language", "strategy", "scenario", "end"];
  const samples = [...document.querySelectorAll(".finding")].map((element) => ({
    element,
    numbers: element.dataset.numbers.split(","),
    ends: element.dataset.ends,
    terms: new Set(element.dataset.terms.split(" ")),
    text: null,
  }));

  // The text of a sample's head, facts and findings, read when it is first looked for.
  const textOf = (sample) => {
    const parts = sample.element.querySelectorAll(".row, .facts, .alerts");
    const heading = sample.element.parentElement.querySelector(".group-title");
    sample.text ??= [heading, ...parts].map((part) => part.textContent).join(" ").toLowerCase();
    return sample.text;
  };

  const filter = () => {
    const value = (name) => form.elements.namedItem(name).value;
    const wanted = names.map(value);
    const end = value("end");
    const words = value("words").toLowerCase().split(/\s+/).filter(Boolean);
    // A weakness by its number is that one, not those whose numbers begin with it.
    const isTerm = (word) => /^((was|new):)?cwe-\d+$/.test(word);
    let shown = 0;
    for (const sample of samples) {
      const fits =
        wanted.every((number, at) => number === "" || sample.numbers[at] === number) &&
        (end === "" || sample.ends.includes(end)) &&
        words.every((word) => (isTerm(word) ? sample.terms.has(word) : textOf(sample).includes(word)));
      sample.element.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    for (const group of document.querySelectorAll(".group")) {
      group.hidden = group.querySelector(".finding:not([hidden])") === null;
    }
    const status = document.getElementById("shown");
    const sentence = `${shown} of ${samples.length} samples shown`;
    if (status.textContent !== sentence) status.textContent = sentence;
  };

  const fold = (open) => {
    for (const { element } of samples) {
      if (!element.hidden) element.querySelector("details").open = open;
    }
  };

  // A link to something that is folded or filtered away unfolds it.
  const reveal = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target === null) return;
    const sample = target.closest(".finding");
    for (const part of [target, sample, target.closest(".group")]) {
      if (part !== null) part.hidden = false;
    }
    if (sample !== null) sample.querySelector("details").open = true;
    target.scrollIntoView();
  };

  // A figure of a table leads to the samples that it counts.
  const follow = (event) => {
    const link = event.target.closest("a[data-filter]");
    if (link === null || form === null || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const values = link.dataset.filter.split(",");
    linked.forEach((name, at) => {
      form.elements.namedItem(name).value = values[at];
    });
    form.elements.namedItem("words").value = link.dataset.words ?? "";
    filter();
    const list = document.getElementById("samples");
    list.scrollIntoView();
    list.focus({ preventScroll: true });
  };

  // What is folded is not printed, so that all of it is unfolded for a moment.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("details:not([open])")];
    for (const details of folded) details.open = true;
  });
  addEventListener("afterprint", () => {
    for (const details of folded) details.open = false;
    folded = [];
  });

  addEventListener("hashchange", reveal);
  document.addEventListener("click", follow);
  if (form !== null) {
    let waiting = 0;
    form.hidden = false;
    form.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(filter, 120);
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    // The fields are reset after the event.
    form.addEventListener("reset", () => setTimeout(filter));
    document.getElementById("unfold").addEventListener("click", () => fold(true));
    document.getElementById("fold").addEventListener("click", () => fold(false));
    // A browser may have kept what was chosen before the page was loaded again.
    filter();
  }
  if (location.hash.length > 1) reveal();
})();
