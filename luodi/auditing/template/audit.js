"use strict";
{
  const source = document.getElementById("held");
  const held = JSON.parse(source.textContent);
  const language = document.documentElement.lang;
  const number = new Intl.NumberFormat("en");
  const STEP = 100;

  const isolated = (text) => {
    const node = document.createElement("bdi");
    node.textContent = text;
    return node;
  };
  const cell = (kind, ...inside) => {
    const node = document.createElement("td");
    node.className = kind;
    node.append(...inside);
    return node;
  };
  const marked = (text, found) => {
    const at = found ? text.indexOf(found) : -1;
    if (at < 0) return isolated(text);
    const node = isolated(text.slice(0, at));
    const mark = document.createElement("mark");
    mark.textContent = found;
    node.append(mark, text.slice(at + found.length));
    return node;
  };
  const shown = (fact) => (Array.isArray(fact) ? fact[0] : fact);
  const byWords = (a, b) => a.localeCompare(b, language, { numeric: true });

  const setUp = (details) => {
    const table = details.querySelector("table.rows");
    if (!table) return;
    const finding = held.findings[Number(table.dataset.finding)];
    const found = finding.keys.indexOf("found");
    const nHeads = held.heads.length;
    const [tools, more] = [details.querySelector(".tools"), details.querySelector(".more")];
    const [search, select, count] = tools.children;
    const state = { rows: [], n: STEP, column: -1, down: false };

    const value = (row, column) => {
      const [origin, text, labels] = held.rows[row[0]];
      if (column === 0) return text;
      if (column <= nHeads) return labels[column - 1] ?? "";
      const fact = row[column - nHeads];
      if (fact === undefined) return origin;
      return Array.isArray(fact) && typeof fact[1] === "number" ? fact[1] : shown(fact);
    };
    const compare = (a, b) => {
      const [one, other] = [value(a, state.column), value(b, state.column)];
      if (typeof one === "number" && typeof other === "number") return one - other;
      return byWords(String(one), String(other));
    };
    const line = (row) => {
      const [origin, text, labels] = held.rows[row[0]];
      const said = document.createElement("div");
      said.className = "said";
      said.append(marked(text, found < 0 ? "" : shown(row[found + 1])));
      const beside = row.slice(1).filter((fact) => Array.isArray(fact) && fact.length > 2).map((fact) => {
        const small = document.createElement("small");
        small.append(isolated(fact[2]));
        return small;
      });
      const node = document.createElement("tr");
      node.append(cell("text", said, ...beside));
      labels.forEach((label) => node.append(cell("label", label === null ? "–" : isolated(label))));
      row.slice(1).forEach((fact) => node.append(cell("cell", isolated(shown(fact)))));
      node.append(cell("at", isolated(origin)));
      return node;
    };
    const fits = (row) => {
      const [origin, text, labels] = held.rows[row[0]];
      if (select.value) {
        const [head, label] = JSON.parse(select.value);
        if (labels[head] !== label) return false;
      }
      const wanted = search.value.trim().toLowerCase();
      const facts = row.slice(1).map(shown);
      return !wanted || [origin, text, ...labels, ...facts].some((one) => one && one.toLowerCase().includes(wanted));
    };
    const draw = () => {
      const part = state.rows.slice(0, state.n).map(line);
      if (!part.length) {
        const nothing = cell("hint", source.dataset.nothing);
        nothing.colSpan = table.tHead.rows[0].cells.length;
        const node = document.createElement("tr");
        node.append(nothing);
        part.push(node);
      }
      table.tBodies[0].replaceChildren(...part);
      more.hidden = state.rows.length <= state.n;
      count.textContent = `${number.format(state.rows.length)} / ${number.format(finding.rows.length)}`;
    };
    const choose = () => {
      state.rows = finding.rows.filter(fits);
      if (state.column >= 0) state.rows.sort((a, b) => (state.down ? -1 : 1) * compare(a, b));
      state.n = STEP;
      draw();
    };

    held.heads.forEach((head, place) => {
      const labels = new Set(finding.rows.map((row) => held.rows[row[0]][2][place]).filter((one) => one !== null));
      [...labels].sort(byWords).forEach((label) => {
        const option = document.createElement("option");
        option.value = JSON.stringify([place, label]);
        option.textContent = nHeads > 1 ? `${head}: ${label}` : label;
        select.append(option);
      });
    });
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        state.down = state.column === column && !state.down;
        state.column = column;
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
        choose();
      });
    });
    let waiting = 0;
    search.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(choose, 120);
    });
    select.addEventListener("change", choose);
    more.querySelector("button").addEventListener("click", () => {
      state.n += 2 * STEP;
      draw();
    });
    tools.hidden = finding.rows.length < 4;
    choose();
  };

  document.querySelectorAll("details.finding").forEach((details) => {
    if (details.open) setUp(details);
    else details.addEventListener("toggle", () => setUp(details), { once: true });
  });
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const details = target && target.closest("details");
    if (!details) return;
    details.open = true;
    details.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();
}
