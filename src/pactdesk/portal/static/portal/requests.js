/* A reply that was not sent is kept in this window, so that neither a link nor a reload loses it; and the desk's answers
   count as seen once somebody has looked at them. */
(() => {
  "use strict";
  const place = (form) => "reply:" + form.dataset.draft;
  const restore = (root) => root.querySelectorAll("form[data-draft]").forEach((form) => {
    const text = form.elements.text;
    try {
      if ("sent" in form.dataset) sessionStorage.removeItem(place(form));
      const kept = sessionStorage.getItem(place(form));
      if (!kept || text.value) return;
      text.value = kept;
      form.querySelector("[data-kept]").hidden = false;
    } catch { /* a browser that keeps nothing */ }
  });
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-draft]");
    if (!form) return;
    delete form.dataset.sent;
    try { sessionStorage.setItem(place(form), form.elements.text.value); } catch { /* likewise */ }
  });
  const look = () => {
    const form = document.querySelector("form[data-seen]:not([data-told])");
    if (!form || document.visibilityState !== "visible") return;
    form.dataset.told = "1";
    // Whether it arrives or not is of no concern to the reader.
    fetch(form.action, { method: "POST", body: new FormData(form), keepalive: true }).catch(() => {});
  };
  document.addEventListener("visibilitychange", look);
  document.addEventListener("htmx:afterSettle", (event) => { restore(event.target); look(); });
  restore(document);
  look();
})();
