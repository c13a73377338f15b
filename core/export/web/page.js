// One exported model as a page: it loads what lies in the page itself, and asks it. `Inputs` (pictures.js, sounds.js,
// texts.js, tables.js) says how one kind of example comes in; where it has a `source`, live.js asks without end.

const about = JSON.parse(document.getElementById("about").textContent);
const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const say = (key, values = {}) => filled(about.words[key], values);
const $ = (id) => document.getElementById(id);
const percent = (share) => about.language.startsWith("en") // as the program itself writes it
  ? `${Math.round(share * 100)}\u00a0%`
  : new Intl.NumberFormat(about.language, { style: "percent" }).format(share);

/** An element with these attributes, what it holds (text or elements) last. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== false) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

/** A file that lies in the page, packed with gzip and written in base64. It is taken out: it is needed once. */
async function held(id) {
  const letters = atob($(id).textContent.trim());
  $(id).remove();
  const packed = new Uint8Array(letters.length);
  for (let i = 0; i < letters.length; i++) packed[i] = letters.charCodeAt(i);
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(unpacked).arrayBuffer());
}

/** A library that lies in the page, as a module. */
async function library(id) {
  const address = URL.createObjectURL(new Blob([await held(id)], { type: "text/javascript" }));
  return import(address).finally(() => URL.revokeObjectURL(address));
}

class Model {
  static async open() {
    const runtime = await library("runtime");
    runtime.env.wasm.wasmBinary = await held("runtime-wasm");
    runtime.env.wasm.numThreads = 1; // more need a server that says so
    runtime.env.logLevel = "error";
    const options = { executionProviders: ["wasm"], logSeverityLevel: 3 };
    const session = await runtime.InferenceSession.create(await held("network"), options);
    const made = new Model();
    return Object.assign(made, { runtime, session, inputs: await Inputs.open(about.input) });
  }

  /** {label, probabilities, similarity} of one example as `Inputs.read` gave it. */
  async ask(example) {
    const batch = this.inputs.batch(example, this.runtime.Tensor);
    const feeds = Object.fromEntries(this.session.inputNames.map((name) => [name, batch[name]]));
    const found = await this.session.run(feeds);
    const probabilities = Array.from(found.probabilities.data);
    const best = probabilities.indexOf(Math.max(...probabilities));
    return { label: about.classes[best], probabilities, similarity: found.similarity?.data[0] };
  }
}

const model = Model.open();
let threshold = about.none_below.usual;

const score = (answer) => (about.none_below.by === "likeness" ? answer.similarity : Math.max(...answer.probabilities));
const isNone = (answer) => score(answer) < threshold;

/** What a card says above its bars. */
function headline(answer) {
  const values = { label: answer.label, share: percent(Math.max(...answer.probabilities)) };
  const parts = about.words[isNone(answer) ? "none" : "confidence"].split("**").map((part) => filled(part, values));
  const said = element("p", {}, ...parts.map((part, place) => (place % 2 ? element("strong", {}, part) : part)));
  if (answer.similarity === undefined) return [said];
  return [said, element("p", { class: "soft" }, say("similarity", { share: percent(answer.similarity) }))];
}

function bars(answer) {
  const order = answer.probabilities.map((share, i) => [share, about.classes[i]]).sort((a, b) => b[0] - a[0]);
  const row = ([share, label]) =>
    element("li", {}, element("bdi", {}, label), element("span", { class: "share" }, percent(share)),
      element("span", { class: "bar", style: `--share: ${share}` }));
  const [first, rest] = [order.slice(0, 10), order.slice(10)];
  const all = [element("ol", { class: "bars" }, ...first.map(row))];
  if (rest.length) {
    const more = element("summary", {}, say("more", { n: rest.length }));
    all.push(element("details", {}, more, element("ol", { class: "bars" }, ...rest.map(row))));
  }
  return all;
}

const shown = [];

/** Ask the model about one input and put its card on top. `shows` is what stands for the input in the card. */
async function answered(shows, read) {
  const card = element("article", { "aria-busy": "true" }, shows, element("p", {}, say("working")));
  $("answers").prepend(card);
  try {
    const opened = await model;
    const answer = await opened.ask(await read(opened.inputs));
    shown.push([card, answer]);
    draw(card, answer);
  } catch (error) {
    card.lastChild.replaceWith(element("p", { class: "wrong" }, error.message));
  }
  card.removeAttribute("aria-busy");
}

/** What asks, whenever it is called, about what `read` gives then, and keeps the answer in this one card. */
function following(card, read) {
  const own = [card, null];
  let busy = false;
  let again = false;
  return async () => {
    again = true;
    if (busy) return; // it is asked about as soon as the answer before it is there
    busy = true;
    while (again) {
      again = false;
      try {
        const opened = await model;
        const answer = await opened.ask(await read(opened.inputs));
        if (own[1] === null) shown.push(own);
        own[1] = answer;
        draw(card, answer);
      } catch (error) {
        while (card.childNodes.length > 1) card.lastChild.remove();
        card.append(element("p", { class: "wrong" }, error.message));
      }
    }
    busy = false;
  };
}

function draw(card, answer) {
  while (card.childNodes.length > 1) card.lastChild.remove();
  card.append(element("div", { class: "answer" }, ...headline(answer), ...bars(answer)));
}

function threshold_changed() {
  threshold = $("threshold").value / 100;
  $("threshold-value").textContent = percent(threshold);
  for (const [card, answer] of shown) draw(card, answer);
}

/** Ask the samples again, and say whether they still get the answers that they got when this was made. */
async function self_test() {
  const said = $("self-test-result");
  said.className = "";
  said.textContent = say("working");
  const opened = await model;
  let same = 0;
  let largest = 0;
  for (const sample of about.samples) {
    const answer = await opened.ask(await Inputs.sample(opened.inputs, sample));
    same += answer.label === sample.label;
    answer.probabilities.forEach((share, i) => (largest = Math.max(largest, Math.abs(share - sample.probabilities[i]))));
  }
  said.className = same === about.samples.length ? "right" : "wrong";
  said.textContent = say("same", { same, n: about.samples.length, largest: percent(Math.ceil(largest * 100) / 100) });
}

/** The page as one takes it away: ways to give examples, samples, the threshold and the self-test. */
function whole_page() {
  Inputs.show($("give"));
  $("samples").append(...about.samples.slice(0, 3).map(Inputs.button));
  $("threshold").value = Math.round(threshold * 100);
  $("threshold").addEventListener("input", threshold_changed);
  threshold_changed();
  $("self-test").addEventListener("click", self_test);
  model.then(
    () => {
      $("status").textContent = say("ready");
      if (location.hash === "#self-test") self_test();
    },
    (error) => {
      $("status").className = "wrong";
      $("status").textContent = say("failed", { why: error.message });
    },
  );
}
