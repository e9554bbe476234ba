// Sends what is pressed to the server, each time with the text that was on the screen: an answer is never given to
// a text that nobody saw. Nothing is decided here but where the focus and the choice in the list of labels go.
"use strict";
(() => {
  const desk = () => document.querySelector(".desk");
  const field = () => document.querySelector(".search");
  const labels = () => [...document.querySelectorAll(".labels button")];
  const many = () => desk()?.dataset.many === "yes";
  const asking = () => Boolean(desk()?.dataset.row);
  const say = (act, value) => emitEvent("luodi", { act, value: value ?? "", row: desk()?.dataset.row ?? "" });
  const CODES = /^(?:Digit|Numpad)(\d)$|^Key([A-Z])$/;
  let chosen = 0;

  // An input method may hide which key it was; its place on the keyboard tells.
  function keyOf(event) {
    const met = event.key === "Process" || event.key === "Unidentified" ? CODES.exec(event.code) : null;
    const key = met ? (met[1] ?? met[2]) : event.key;
    return key.length === 1 ? key.toLowerCase() : key;
  }

  function choose(place) {
    const all = labels();
    chosen = Math.max(0, Math.min(place, all.length - 1));
    const shows = document.activeElement === field() && Boolean(field().value || place);
    all.forEach((one, i) => one.classList.toggle("chosen", shows && i === chosen));
    if (shows) all[chosen]?.scrollIntoView({ block: "nearest" });
  }

  function clear() {
    if (!field()) return;
    field().value = "";
    say("search", "");
    if (!many()) field().blur();
    choose(0);
  }

  function give(button) {
    if (!button) return;
    button.classList.add("pressed");
    setTimeout(() => button.classList.remove("pressed"), 150);
    say(button.dataset.act, button.dataset.value);
    if (button.dataset.act === "label" && field()?.value) clear();
  }

  // The label that is meant: it holds what was typed, also where the list has not caught up with the typing yet.
  function sought(typed) {
    const wanted = typed.trim().toLowerCase();
    const holds = (one) => one.querySelector("span").textContent.toLowerCase().includes(wanted);
    const marked = document.querySelector(".labels .chosen");
    return marked && holds(marked) ? marked : wanted ? labels().find(holds) : null;
  }

  // Keys within the field; true where they were a command and not text.
  function searched(event, key) {
    const typed = field().value;
    if (key === "ArrowDown" || key === "ArrowUp") choose(chosen + (key === "ArrowDown" ? 1 : -1));
    else if (key === "Escape") typed ? clear() : field().blur();
    else if (key === "Enter") give(sought(typed));
    else if (!typed && (key === "Backspace" || key === "0")) say("key", key);
    else return false;
    return true;
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const key = keyOf(event);
    const focus = document.activeElement;
    if (focus === field() && focus) {
      if ((!event.repeat || key.startsWith("Arrow")) && searched(event, key)) event.preventDefault();
      return;
    }
    if (event.repeat) return;
    if (["Enter", " "].includes(key) && focus?.tagName === "BUTTON") return; // the button's own
    if (key === "/" && field()) field().focus();
    else if (many() && asking() && /^\p{L}$/u.test(key)) return void field().focus(); // the letter goes into the field
    else if (/^[0-9a-z]$/.test(key) || key === "Backspace") {
      const button = labels().find((one) => one.querySelector("kbd")?.textContent.toLowerCase() === key);
      button?.classList.add("pressed");
      setTimeout(() => button?.classList.remove("pressed"), 150);
      say("key", key);
    } else return;
    event.preventDefault();
  });

  document.addEventListener("click", (event) => give(event.target.closest?.("button[data-act]")));

  document.addEventListener("input", (event) => {
    if (event.target !== field()) return;
    say("search", field().value);
  });

  // A new text begins at its top; a new list with its first label.
  let row;
  new MutationObserver(() => {
    if (desk()?.classList.contains("ended")) return void window.socket?.disconnect();
    const now = desk()?.dataset.row;
    if (now !== row) {
      row = now;
      document.querySelector(".text")?.scrollTo(0, 0);
      if (many() && asking() && !matchMedia("(pointer: coarse)").matches) field()?.focus();
    }
    const marked = labels().findIndex((one) => one.classList.contains("chosen"));
    if (field() && document.activeElement === field() && marked < 0 && field().value) choose(0);
  }).observe(document.documentElement, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-row", "class"] });
})();
