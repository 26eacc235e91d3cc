/* The list: a cursor, which is the focus, what it points at beside the list, and what is selected. */
(() => {
  "use strict";
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const rows = all(".queue tbody tr");
  const picks = all("[name=pick]");
  const link = (row) => one("th a", row);
  const wide = matchMedia("(min-width:80rem)");
  let here, waiting;

  // Nobody looks: nothing is asked.
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden && event.target.id === "queue-news") event.preventDefault();
  });

  const point = (row) => {
    if (here) here.classList.remove("is-here");
    here = row;
    row.classList.add("is-here");
    clearTimeout(waiting);
    if (wide.matches) waiting = setTimeout(() => htmx.ajax("GET", link(row).href + "preview/", "#preview"), 120);
  };
  rows.forEach((row) => {
    row.addEventListener("focusin", () => row === here || point(row));
    row.addEventListener("click", (event) => event.target.closest("a,label,input") || link(row).focus());
  });
  const step = (by) => {
    const row = rows[Math.min(Math.max(rows.indexOf(here) + by, 0), rows.length - 1)];
    link(row).focus();
    row.scrollIntoView({ block: "nearest" });
  };
  // The request's page goes on from here.
  sessionStorage.setItem("desk:list", JSON.stringify(rows.map((row) => new URL(link(row).href).pathname)));
  const back = rows.find((row) => "#" + row.id === location.hash);
  if (back) link(back).focus();

  const count = () => {
    const told = one("[data-count]");
    if (told) told.textContent = told.dataset.count.replace("{}", picks.filter((box) => box.checked).length);
  };
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-all]")) picks.forEach((box) => { box.checked = event.target.checked; });
    count();
  });
  count();

  document.addEventListener("desk:key", (event) => {
    const key = event.detail;
    if (!rows.length || !"jkxamsrn".includes(key)) return;
    event.preventDefault();
    if (key === "j" || key === "k") return step(key === "j" ? 1 : -1);
    if (!here && ("xrn".includes(key) || !picks.some((box) => box.checked))) return;
    if (key === "r" || key === "n") return location.assign(`${link(here).href}#${key === "r" ? "reply" : "note"}-text`);
    // What is done to the selected ones is done to the one under the cursor where none is selected.
    if (key === "x" || !picks.some((box) => box.checked)) one("[name=pick]", here).click();
    if (key === "x") return;
    const control = one(`.bulk [data-key="${key}"]`);
    if (control) control.matches("button") ? control.click() : control.focus();
  });
})();
