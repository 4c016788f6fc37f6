// Filters over what the page shows anyway. Writes nothing but one sentence of its own, the number of findings.
"use strict";
(() => {
  const form = document.getElementById("filters");
  const findings = [...document.querySelectorAll(".finding")].map((element) => ({
    element,
    text: element.querySelector(".row").textContent.toLowerCase() + " " + element.dataset.rule.toLowerCase(),
  }));

  const chosen = (name) => {
    const boxes = [...form.querySelectorAll(`input[name="${name}"]`)];
    return boxes.length === 0 ? null : new Set(boxes.filter((box) => box.checked).map((box) => box.value));
  };

  const filter = () => {
    const levels = chosen("level");
    const states = chosen("state");
    const fixed = form.elements.namedItem("fixed")?.checked ?? false;
    const rule = form.elements.namedItem("rule").value;
    const words = form.elements.namedItem("text").value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { element, text } of findings) {
      const data = element.dataset;
      const fits =
        (levels === null || levels.has(data.level)) &&
        (states === null || states.has(data.state)) &&
        (!fixed || data.fixed === "yes") &&
        (rule === "" || data.rule === rule) &&
        words.every((word) => text.includes(word));
      element.hidden = !fits;
      shown += fits ? 1 : 0;
    }
    for (const group of document.querySelectorAll(".group")) {
      group.hidden = group.querySelector(".finding:not([hidden])") === null;
    }
    const status = document.getElementById("shown");
    const sentence = `${shown} of ${findings.length} findings shown`;
    if (status.textContent !== sentence) status.textContent = sentence;
  };

  const fold = (open) => {
    for (const { element } of findings) {
      const details = element.querySelector("details");
      if (details !== null && !element.hidden) details.open = open;
    }
  };

  // A link to something that is folded unfolds it.
  const reveal = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target === null) return;
    target.hidden = false;
    const details = target.matches("details") ? target : target.querySelector(":scope > details");
    if (details !== null) details.open = true;
    target.scrollIntoView();
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
  if (location.hash.length > 1) reveal();
  if (form === null) return;
  form.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  // The fields are reset after the event.
  form.addEventListener("reset", () => setTimeout(filter));
  document.getElementById("unfold").addEventListener("click", () => fold(true));
  document.getElementById("fold").addEventListener("click", () => fold(false));
  // A browser may have kept what was chosen before the page was loaded again.
  filter();
})();
