"""Stripe in the browser: its script, its frames and its API, which the browser asks for by their own names.

So the policy of our page is tried with the hosts that it names. Nothing leaves the machine: what belongs to Stripe is
answered here, everything else but our site is refused.
"""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

import stripe
from playwright.sync_api import BrowserContext, Route

# What Stripe's script does of what we use: it draws its own frame, confirms what is typed there at its API, shows the
# bank's question in another frame, and leads back.
SCRIPT = """
window.Stripe = (key) => {
  let frame, typed = "";
  const on = {};
  addEventListener("message", (event) => { if (event.data.number !== undefined) typed = event.data.number; });
  const shown = (src, title, place) => {
    const made = document.createElement("iframe");
    made.src = src;
    made.title = title;
    place.append(made);
    return made;
  };
  const asked = async (path, body) => {
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };
    const answer = await fetch("https://api.stripe.com/v1/" + path, { method: "POST", headers, body });
    return answer.json();
  };
  const confirmed = (secret, number) => {
    const body = new URLSearchParams({ key, client_secret: secret, number });
    return asked("setup_intents/" + secret.split("_secret_")[0] + "/confirm", body);
  };
  return {
    elements: ({ clientSecret }) => ({
      secret: clientSecret,
      create: (kind) => ({
        on: (name, act) => { on[name] = act; },
        mount: (place) => {
          frame = shown("https://js.stripe.com/v3/inner.html", "Card", document.querySelector(place));
          frame.addEventListener("load", () => on.ready({ kind }));
        },
      }),
    }),
    confirmSetup: async ({ elements, confirmParams }) => {
      let setup = await confirmed(elements.secret, typed);
      if (setup.status === "requires_action") {
        const bank = shown("https://hooks.stripe.com/3d_secure", "Bank", document.body);
        const approved = await new Promise((done) => {
          addEventListener("message", (event) => { if ("approved" in event.data) done(event.data.approved); });
        });
        bank.remove();
        if (!approved) return { error: { message: "Your bank could not confirm that it is you." } };
        setup = await confirmed(elements.secret, "");
      }
      if (setup.error) return { error: setup.error };
      const back = new URL(confirmParams.return_url);
      back.searchParams.set("setup_intent", setup.id);
      back.searchParams.set("redirect_status", setup.status);
      location.assign(back);
      return new Promise(() => {});
    },
  };
};
"""
_FRAME = """<!doctype html><html lang="en"><title>Card</title><label>Card number <input></label><script>
document.querySelector("input").addEventListener("input", (event) => {
  parent.postMessage({ number: event.target.value }, "*");
});
</script>"""
_BANK = """<!doctype html><html lang="en"><title>Bank</title><button>It is me</button><button>It is not</button><script>
document.querySelectorAll("button").forEach((button, place) => {
  button.addEventListener("click", () => parent.postMessage({ approved: place === 0 }, "*"));
});
</script>"""


def stand_in(context: BrowserContext, asked: stripe.StripeClient) -> list[str]:
    """Answer for Stripe in this browser; what is confirmed goes on to `asked`. Answers what it will be asked for."""
    seen: list[str] = []

    def answer(route: Route) -> None:
        address = urlsplit(route.request.url)
        if address.hostname in {"127.0.0.1", "localhost"}:
            route.continue_()
            return
        seen.append(f"{address.hostname}{address.path}")
        match seen[-1]:
            case "js.stripe.com/v3/":
                route.fulfill(content_type="text/javascript", body=SCRIPT)
            case "js.stripe.com/v3/inner.html":
                route.fulfill(content_type="text/html", body=_FRAME)
            case "hooks.stripe.com/3d_secure":
                route.fulfill(content_type="text/html", body=_BANK)
            case path if path.startswith("api.stripe.com/v1/setup_intents/"):
                told = _confirmed(asked, address.path, route.request.post_data or "")
                route.fulfill(json=told, headers={"Access-Control-Allow-Origin": "*"})
            case _:
                route.abort()

    context.route("**/*", answer)
    return seen


def _confirmed(asked: stripe.StripeClient, path: str, body: str) -> object:
    sent = {name: values[0] for name, values in parse_qs(body).items()}
    assert sent.pop("key").startswith("pk_")
    if number := sent.pop("number", ""):
        card = {"number": number, "exp_month": "12", "exp_year": "2030", "cvc": "123"}
        sent["payment_method_data"] = {"type": "card", "card": card}  # type: ignore[assignment]  # what is sent on
    try:
        return json.loads(asked.raw_request("post", path, **sent).body)
    except stripe.StripeError as error:
        return {"error": {"message": error.user_message}}
