/* Chooses the browser's time zone where none is chosen yet. The reader still sees it and can change it. */
(() => {
  "use strict";
  const select = document.querySelector("select[data-time-zone-guess]");
  if (!select || select.value || document.querySelector(".error-summary")) return;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone && [...select.options].some((option) => option.value === zone)) select.value = zone;
})();
