// The payment provider's form for a card. It is drawn by the provider's own script, so that no number comes to us.
(() => {
  "use strict";
  const form = document.getElementById("card-form");
  const button = form.querySelector("button");
  const problem = document.getElementById("card-problem");
  const say = (text) => { problem.textContent = text || form.dataset.failed; };

  // Blocked, or out of reach: nothing can be typed, so nothing may be sent.
  if (!window.Stripe) {
    say(form.dataset.away);
    return;
  }
  const { lang, dataset } = document.documentElement;
  const isDark = dataset.theme ? dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const provider = window.Stripe(form.dataset.key, { locale: lang });
  const elements = provider.elements({
    clientSecret: form.dataset.secret,
    appearance: { theme: isDark ? "night" : "stripe" },
  });
  const card = elements.create("payment");
  card.on("ready", () => { button.disabled = false; });
  card.on("loaderror", () => say(form.dataset.away));
  card.mount("#card-element");

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    say(" ");
    let refusal;
    try {
      const answer = await provider.confirmSetup({
        elements,
        confirmParams: { return_url: form.dataset.added },
      });
      refusal = answer.error?.message;
    } catch {
      refusal = form.dataset.away;
    }
    // Only a refusal comes back here; otherwise the provider has left the page.
    say(refusal);
    button.disabled = false;
  });
})();
