/* The palette and the sheet of keys come over the page. Without this file both are pages of their own. */
(() => {
  "use strict";
  const [palette, sheet] = ["palette", "key-sheet"].map((id) => document.getElementById(id));
  if (!palette || !palette.showModal) return;
  const input = palette.querySelector("input"), links = () => [...palette.querySelectorAll("[data-found] a")];
  let asked = 0, waiting;

  const fill = async (dialog, query) => {
    const mine = ++asked;
    const answer = await fetch(dialog.dataset.url + query, { headers: { "HX-Request": "true" } });
    // A newer question may have been answered before this one.
    if (answer.ok && mine === asked) dialog.querySelector("[data-found]").innerHTML = await answer.text();
  };
  const find = () => fill(palette, "?q=" + encodeURIComponent(input.value));
  const open = (dialog) => {
    if (document.querySelector("dialog[open]")) return;
    dialog.showModal();
    if (dialog === sheet) return fill(sheet, "");
    input.select();
    find();
  };

  document.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    event.preventDefault();
    open(palette);
  });
  document.querySelectorAll("[data-opens]").forEach((link) => link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(document.getElementById(link.dataset.opens));
  }));
  input.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(find, 150); });
  palette.querySelector("form").addEventListener("submit", (event) => {
    const [first] = links();
    if (!first) return;
    event.preventDefault();
    first.click();
  });
  palette.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const places = [input, ...links()];
    places[(places.indexOf(document.activeElement) + by + places.length) % places.length].focus();
  });
  // Beside it is out of it.
  [palette, sheet].forEach((dialog) => dialog.addEventListener("click", (event) => event.target === dialog && dialog.close()));
})();
