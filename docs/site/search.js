// SPDX-License-Identifier: MIT
// Looks through the index that was made with the site (search-index.js). Works from files, too. Each row
// is [title, address, kind, page, first words, all words]. Without this script the page Index stands in.
(function () {
  "use strict";
  var MOST = 20;
  var SMALL = /^(a|an|do|does|how|i|in|is|it|of|on|the|to|what|which|with)$/;
  var SAME = { receive: "recv", recv: "receive", receiving: "recv", sending: "send" };
  var form = document.querySelector(".search");
  var input = form.querySelector("input");
  var list = document.createElement("ul");
  var shown = [];
  var chosen = -1;

  // What is named comes before headings, and headings before text.
  var NAMED = { "function": 25, word: 22, "result code": 20, option: 15, constant: 10, type: 10,
    rule: 5, example: 5 };

  // How well one word fits a row; 0 is not at all.
  function weigh(word, row) {
    var title = row[0].toLowerCase();
    var short = title.replace(/^netchan_/, "");
    if (title.split(", ").indexOf(word) >= 0 || short === word) return 100;
    if (title.indexOf(word) === 0 || short.indexOf(word) === 0) return 60;
    if (new RegExp("(^|[^a-z0-9])" + escapePattern(word)).test(title)) return 45;
    if (title.indexOf(word) >= 0) return 30;
    if (row[4].toLowerCase().indexOf(word) >= 0) return 15;
    if ((" " + row[5]).indexOf(" " + word) >= 0) return 10;
    return row[5].indexOf(word) >= 0 && word.length > 3 ? 3 : 0;
  }

  function escapePattern(text) {
    return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
  }

  function weighAll(words, row) {
    var sum = NAMED[row[2]] || 0;
    for (var i = 0; i < words.length; i++) {
      var other = SAME[words[i]];
      var weight = Math.max(weigh(words[i], row), other ? weigh(other, row) - 1 : 0);
      if (weight <= 0) return 0;
      sum += words.length > 1 ? Math.min(weight, 45) : weight;
    }
    return row[0].toLowerCase() === words.join(" ") ? sum + 50 : sum;
  }

  // Every word must fit, but for small ones; the sum decides, and among equals the shorter title.
  function find(query) {
    var words = query.toLowerCase().replace(/\(\d?\)|\?/g, "").split(/\s+/).filter(Boolean);
    var large = words.filter(function (word) { return !SMALL.test(word); });
    var found = [];
    if (large.length) words = large;
    if (!words.length) return found;
    window.netchanIndex.forEach(function (row) {
      var sum = weighAll(words, row);
      if (sum) found.push([sum, row]);
    });
    found.sort(function (a, b) {
      return b[0] - a[0] || a[1][0].length - b[1][0].length || (a[1][1] < b[1][1] ? -1 : 1);
    });
    return found.slice(0, MOST).map(function (pair) { return pair[1]; });
  }

  function element(name, text, parent) {
    var made = document.createElement(name);
    made.textContent = text;
    parent.appendChild(made);
    return made;
  }

  function show() {
    shown = find(input.value);
    chosen = shown.length ? 0 : -1;
    list.textContent = "";
    shown.forEach(function (row, place) {
      var item = element("li", "", list);
      var link = element("a", "", item);
      item.id = "result-" + place;
      item.setAttribute("role", "option");
      link.href = row[1];
      link.tabIndex = -1;
      element("b", row[0], link);
      element("i", " " + (row[2] && row[2] !== "page" ? row[2] + ", " : "") + row[3], link);
      if (row[4]) element("span", row[4].slice(0, 120) + (row[4].length > 120 ? "\u2026" : ""), link);
    });
    if (!shown.length && input.value.trim()) {
      var none = element("li", "", list);
      none.setAttribute("role", "option");
      element("p", "Nothing has all of these words.", none);
    }
    open(input.value.trim() !== "");
    mark();
  }

  function open(on) {
    list.hidden = !on;
    input.setAttribute("aria-expanded", String(on));
    if (!on) input.removeAttribute("aria-activedescendant");
  }

  function mark() {
    Array.prototype.forEach.call(list.children, function (item, place) {
      item.setAttribute("aria-selected", String(place === chosen));
    });
    if (chosen < 0) return;
    input.setAttribute("aria-activedescendant", "result-" + chosen);
    list.children[chosen].scrollIntoView({ block: "nearest" });
  }

  function move(by) {
    if (list.hidden) show();
    if (!shown.length) return;
    chosen = (chosen + by + shown.length) % shown.length;
    mark();
  }

  function go() {
    if (chosen < 0) return;
    open(false);
    input.blur();
    location.href = shown[chosen][1];
  }

  function typed(event) {
    if (event.key === "ArrowDown") move(1);
    else if (event.key === "ArrowUp") move(-1);
    else if (event.key === "Enter") go();
    else if (event.key === "Escape") { open(false); input.blur(); }
    else return;
    event.preventDefault();
  }

  function fromAddress() {
    var asked = /^#q=(.*)/.exec(location.hash);
    if (!asked) return;
    input.value = decodeURIComponent(asked[1].replace(/\+/g, " "));
    input.focus();
    show();
  }

  list.className = "results";
  list.id = "results";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", "What was found");
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-controls", "results");
  input.setAttribute("aria-expanded", "false");
  form.appendChild(list);
  form.hidden = false;

  input.addEventListener("input", show);
  input.addEventListener("focus", function () { if (input.value.trim()) show(); });
  input.addEventListener("keydown", typed);
  form.addEventListener("submit", function (event) { event.preventDefault(); });
  list.addEventListener("mousedown", function (event) { event.preventDefault(); });
  list.addEventListener("click", function () { open(false); input.blur(); });
  input.addEventListener("blur", function () { open(false); });
  window.addEventListener("hashchange", fromAddress);
  document.addEventListener("keydown", function (event) {
    var into = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    if (event.key === "/" && !into && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      input.focus();
      input.select();
    }
  });
  fromAddress();
})();
