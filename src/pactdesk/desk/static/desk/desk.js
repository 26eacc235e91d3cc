/* Kept texts and keys. Every page of the desk works without this file. */
(() => {
  "use strict";
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const here = location.pathname;

  // What is written stays in this window until it was sent.
  const sent = sessionStorage.getItem("desk:sent");
  if (sent && new URLSearchParams(location.search).has("posted")) sessionStorage.removeItem(sent);
  sessionStorage.removeItem("desk:sent");
  all("form[data-draft]").forEach((form) => {
    const text = one("textarea", form), place = `desk:${here}:${form.dataset.draft}`;
    text.value = text.value || sessionStorage.getItem(place) || "";
    text.addEventListener("input", () => sessionStorage.setItem(place, text.value));
    form.addEventListener("submit", () => sessionStorage.setItem("desk:sent", place));
  });
  const write = (kind) => {
    const mode = one("#mode-" + kind), text = one(`#${kind}-text`);
    if (mode) mode.checked = true;
    if (text) text.focus();
    return text;
  };
  if (/^#(reply|note)-text$/.test(location.hash)) write(location.hash.slice(1, -5));

  // A saved reply comes to where the cursor is.
  const picker = one("#reply-saved");
  if (picker) one("[value=insert]").addEventListener("click", (event) => {
    event.preventDefault();
    if (!picker.value) return;
    fetch(`${picker.dataset.url}${picker.value}/`).then((answer) => answer.ok ? answer.text() : "").then((text) => {
      const field = write("reply");
      field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
      field.dispatchEvent(new Event("input"));
    });
  });

  // From one request to the next, in the order of the list that was shown last.
  const step = (by) => {
    const list = JSON.parse(sessionStorage.getItem("desk:list") || "[]"), next = list[list.indexOf(here) + by];
    if (list.includes(here) && next) location.assign(next);
  };

  // Keys. Letters alone act only while nothing is typed into, and only for whoever wants them. A list knows better what
  // some of them mean there.
  const press = (key) => {
    if (!document.dispatchEvent(new CustomEvent("desk:key", { detail: key, cancelable: true }))) return true;
    if (key === "j" || key === "k") return step(key === "j" ? 1 : -1);
    if (key === "r" || key === "n") return write(key === "r" ? "reply" : "note");
    const target = one(`[data-key="${key}"]`);
    if (target) target.matches("a,button") ? target.click() : target.focus();
    return target;
  };
  let gone = 0;
  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    const field = target.closest("input:not([type=checkbox],[type=radio]),textarea,select");
    if (key === "Enter" && (event.ctrlKey || event.metaKey) && target.matches("textarea")) {
      const button = one("button[type=submit]:not([value=insert],[data-remove])", target.form);
      if (button) button.click();
    }
    if (key === "Escape" && field) field.blur();
    if (field || event.ctrlKey || event.metaKey || event.altKey || !one("[data-single-keys]") || one("dialog[open]")) return;
    const going = Date.now() - gone < 1500;
    gone = key === "g" ? Date.now() : 0;
    const way = going && one(`[data-go="${CSS.escape(key)}"]`);
    if (way ? !way.click() : key.length === 1 && press(key)) event.preventDefault();
  });
})();
