// The payment provider's form for a card. It is drawn by the provider's own script, so that no number comes to us.
const form = document.getElementById("card-form");
const provider = window.Stripe(form.dataset.key);
const elements = provider.elements({ clientSecret: form.dataset.secret });
elements.create("payment").mount("#card-element");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  button.disabled = true;
  const { error } = await provider.confirmSetup({
    elements,
    confirmParams: { return_url: form.dataset.added },
  });
  // Only a refusal comes back here; otherwise the provider has left the page.
  document.getElementById("card-problem").textContent = error?.message || form.dataset.failed;
  button.disabled = false;
});
