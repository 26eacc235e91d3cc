/* Clocks count on by the server's time, in the server's words, and nobody is told of it aloud. */
(() => {
  "use strict";
  const one = (selector, root = document) => root.querySelector(selector);
  const all = (selector) => document.querySelectorAll(selector);
  const words = one("#clock-words") && one("#clock-words").dataset;
  const ahead = words ? Date.parse(words.now) - Date.now() : 0;
  const length = (minutes) => {
    const [d, h, m] = [Math.floor(minutes / 1440), Math.floor(minutes / 60), minutes % 60];
    const pattern = d ? words.days : h > 9 ? words.whole : h ? words.hours : words.minutes;
    return pattern.replace("{d}", d).replace("{h}", h).replace("{m}", m);
  };
  const tick = () => all("[data-clock] time").forEach((time) => {
    const left = Date.parse(time.dateTime) - Date.now() - ahead;
    if (left > 864e5) return;
    const late = left <= 0, soon = !late && left < 18e5, chip = time.parentElement;
    time.textContent = (late ? words.late : words.due).replace("{}", length(Math.floor(Math.abs(left) / 6e4)));
    chip.classList.toggle("chip-bad", late);
    chip.classList.toggle("chip-warn", soon);
    one("use", chip).setAttribute("href", "#clock-" + (late ? "late" : soon ? "soon" : "due"));
  });
  if (!words) return;
  setInterval(tick, 30000);
  document.addEventListener("visibilitychange", tick);
})();
