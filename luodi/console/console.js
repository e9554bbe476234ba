// Says times in the visitor's own zone, and sends what is pressed on the page of answers, each time with the answer
// that was on the screen. Nothing is decided here.
"use strict";
(() => {
  const lang = document.documentElement.lang || "en";
  const FORMS = {
    time: { hour: "2-digit", minute: "2-digit" },
    day: { month: "short", day: "numeric" },
    full: { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" },
  };
  const say = (at, form) => new Intl.DateTimeFormat(lang, FORMS[form] ?? FORMS.full).format(new Date(1000 * at));

  function localise() {
    for (const one of document.querySelectorAll("time[data-at]")) {
      const said = say(Number(one.dataset.at), one.dataset.form);
      if (one.textContent !== said) one.textContent = said;
    }
  }

  document.addEventListener("pointerover", (event) => {
    const tip = event.target.closest?.("rect.tip");
    if (tip) tip.querySelector("title").textContent = `${say(Number(tip.dataset.at), "full")}  ${tip.dataset.tip}`;
  });

  const row = () => document.querySelector(".reading")?.dataset.row;
  const send = (act, value) => emitEvent("luodi", { act, value: value ?? "", row: row() ?? "" });
  const typing = (one) => /^(INPUT|TEXTAREA|SELECT)$/.test(one?.tagName ?? "");
  const MOVES = { ArrowDown: "down", j: "down", ArrowUp: "up", k: "up" };
  const CODES = /^(?:Digit|Numpad)(\d)$|^Key([A-Z])$/;

  // An input method may hide which key it was; its place on the keyboard tells.
  function keyOf(event) {
    const met = event.key === "Process" || event.key === "Unidentified" ? CODES.exec(event.code) : null;
    const key = met ? (met[1] ?? met[2]) : event.key;
    return key.length === 1 ? key.toLowerCase() : key;
  }

  document.addEventListener("keydown", (event) => {
    const focus = document.activeElement;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && focus?.closest(".try")) {
      event.preventDefault();
      document.querySelector("button.ask")?.click();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || row() === undefined) return;
    if (typing(focus)) {
      if (event.key === "Escape") focus.blur();
      return;
    }
    const key = keyOf(event);
    if (key === "/") document.querySelector(".filters input")?.focus();
    else if (MOVES[key]) send(MOVES[key]);
    else if (event.repeat) return;
    else if (key === "h") send("head");
    else if (key === "Enter" && !focus?.closest("button, a")) send("save");
    else if (/^[0-9a-z]$/.test(key)) send("key", key);
    else return;
    event.preventDefault();
  });

  // What cannot be taken back is pressed twice.
  document.addEventListener(
    "click",
    (event) => {
      const button = event.target.closest?.("button[data-sure]");
      if (!button || button.classList.contains("asked")) return;
      event.stopImmediatePropagation();
      event.preventDefault();
      button.classList.add("asked");
      setTimeout(() => button.classList.remove("asked"), 4000);
    },
    true,
  );

  // The session is over once its key is revoked: the socket is closed, and the way leads back to the entrance, but not
  // away from a secret that is shown this once.
  async function look() {
    if (document.querySelector("[data-secret]")) return;
    const said = await fetch(location.pathname, { method: "HEAD", redirect: "manual" }).catch(() => null);
    if (said && said.status === 401) location.assign("/console/enter");
  }
  const wait = setInterval(() => {
    if (!window.socket) return;
    clearInterval(wait);
    window.socket.on("disconnect", look);
    window.socket.io.on("reconnect_error", look);
  }, 50);

  let seen;
  let touched = false;
  document.addEventListener("click", (event) => (touched ||= Boolean(event.target.closest?.(".answer"))), true);
  new MutationObserver(() => {
    localise();
    if (row() !== seen) {
      seen = row();
      document.querySelector(".answer.chosen")?.scrollIntoView({ block: "nearest" });
      if (matchMedia("(max-width: 760px)").matches && touched) document.querySelector(".reading")?.scrollIntoView({ block: "start" });
    }
  }).observe(document.documentElement, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-row", "data-at"] });
  localise();
})();
