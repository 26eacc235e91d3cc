/* Small comforts. Every page works without this file. */
(() => {
  "use strict";
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => root.querySelectorAll(selector);

  // The eye and the screen reader start at the errors, or at the title of a page that came without a full load.
  const focusStart = (root, title) => {
    const start = one(".error-summary", root) || (title && one("h1", root));
    if (!start) return;
    start.tabIndex = -1;
    start.focus();
  };

  // Some controls do nothing without script: they arrive hidden.
  const reveal = (root) => all("[data-needs-script]", root).forEach((element) => { element.hidden = false; });

  const say = (text, kind) => {
    const place = one("#messages");
    const pattern = one("#message-pattern");
    if (!place || !pattern) return;
    const message = pattern.content.firstElementChild.cloneNode(true);
    message.classList.add("notice-" + kind);
    one("p", message).textContent = text;
    place.append(message);
    reveal(place);
    message.scrollIntoView({ block: "nearest" });
  };

  // What was chosen before the scripts came, over a slow line, leads on like any choice.
  const tellChoices = () => all("main select").forEach((select) => {
    const first = [...select.options].findIndex((option) => option.defaultSelected);
    if (select.selectedIndex === Math.max(first, 0)) return;
    select.dispatchEvent(new Event("change", { bubbles: true }));
  });

  document.addEventListener("DOMContentLoaded", () => {
    reveal(document);
    focusStart(document, false);
    tellChoices();
  });

  // A form is sent once. `disabled` would drop the pressed button's value, so only the look and the second press stop.
  const release = (form) => {
    delete form.dataset.sending;
    all("[aria-disabled=true]", form).forEach((button) => button.removeAttribute("aria-disabled"));
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sending) {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    form.dataset.sending = "1";
    // The address may have changed since the menus came.
    if (form.closest(".menu-display")) form.elements.next.value = location.pathname + location.search;
    if (event.submitter) event.submitter.setAttribute("aria-disabled", "true");
    setTimeout(release, 10000, form);
  }, true);
  addEventListener("pageshow", (event) => { if (event.persisted) all("form[data-sending]").forEach(release); });

  document.addEventListener("click", (event) => {
    all(".menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
    const dismiss = event.target.closest("[data-dismiss]");
    if (dismiss) dismiss.closest(".notice").remove();
    const copy = event.target.closest("[data-copy]");
    if (copy && navigator.clipboard) {
      navigator.clipboard.writeText(copy.dataset.copy).then(() => {
        const label = one("[data-copy-label]", copy);
        const before = label.textContent;
        label.textContent = copy.dataset.copied;
        setTimeout(() => { label.textContent = before; }, 3000);
      });
    }
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && one(".menu[open]");
    if (!menu) return;
    menu.open = false;
    one("summary", menu).focus();
  });

  // htmx: a whole page that comes where a part was asked for (signed out, not found) takes the whole place; a part that
  // failed leaves what was typed and says so.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const detail = event.detail;
    const away = detail.boosted && [403, 404].includes(detail.xhr.status);
    const page = /^\s*<!doctype/i.test(detail.serverResponse) && !detail.requestConfig.elt.closest("[hx-select]");
    if (away) detail.shouldSwap = true;
    if (!away && !page) return;
    detail.target = document.body;
    detail.swapOverride = "innerHTML";
    detail.selectOverride = "unset";
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    reveal(event.target);
    focusStart(event.target, true);
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    // Not for what a form does beside being sent, such as saving a draft.
    if (event.detail.elt.matches("form")) release(event.detail.elt);
  });
  const failed = (event) => {
    const { boosted, xhr } = event.detail;
    if (boosted && xhr && [403, 404].includes(xhr.status)) return;
    // What looks by itself looks again by itself.
    if (event.detail.elt.matches("[hx-trigger^=every]")) return;
    const pattern = one("#message-pattern");
    if (pattern) say(pattern.dataset.trouble, "bad");
  };
  ["htmx:responseError", "htmx:sendError", "htmx:timeout"].forEach((name) => document.addEventListener(name, failed));
})();
