// Answers without end: what the camera or the microphone gives is asked about again and again, some ten times a second,
// while it is on. `Inputs.source` (pictures.js, sounds.js) says what is looked at.

const PAUSE = 100; // milliseconds from one question to the next, if it is answered sooner
const BREATH = 25; // and so many at least, in which the browser can do something else
const SETTLED = 1200; // so long an answer stays the same before it is read out
const FEW = 8; // classes that all keep their place; of more, the likeliest are shown

class Live {
  static isPossible() {
    return Boolean(Inputs.source && navigator.mediaDevices?.getUserMedia);
  }

  constructor() {
    this.source = null;
    this.last = null; // {example, answer}: what was asked last, for whoever wants to compare
    this.stage = element("div", { class: "stage" });
    this.button = element("button", { type: "button", class: "main", onclick: () => this.turn() });
    this.keep = element("button", { type: "button", hidden: "", onclick: () => this.take() }, about.words.take ?? "");
    this.pace = element("span", { class: "soft pace" });
    this.problem = element("p", { class: "wrong", role: "alert" });
    this.answer = element("div", { class: "answer" });
    this.told = element("p", { class: "unseen", role: "status" });
    const actions = element("div", { class: "actions" }, this.button, this.keep, this.pace);
    this.element = element("div", { class: "live" }, this.stage, actions, this.problem, this.answer, this.told);
    this.element.live = this;
    this.draw();
    addEventListener("pagehide", () => this.stop());
  }

  draw() {
    this.button.textContent = say(this.source ? "live_stop" : "live");
    this.element.classList.toggle("on", Boolean(this.source));
    this.keep.hidden = !this.source?.shot || !$("answers");
    if (!this.source) this.pace.textContent = "";
  }

  /** On or off. What begins by itself, and may not, waits for somebody to press the button. */
  async turn(byItself = false) {
    if (this.source) return this.stop();
    this.problem.textContent = "";
    this.button.disabled = true; // the browser may ask whether this page may
    try {
      this.source = await Inputs.source(this.stage);
    } catch {
      this.stage.replaceChildren();
      if (!byItself) this.problem.textContent = say("no_source");
    }
    this.button.disabled = false;
    this.draw();
    if (this.source) this.ask(this.source);
  }

  stop() {
    this.source?.stop();
    this.source = null;
    this.answer.replaceChildren();
    this.bars = null;
    clearTimeout(this.settling);
    this.says = this.told.textContent = "";
    this.draw();
  }

  async take() {
    Inputs.given([await this.source.shot()]);
  }

  /** Ask about `source` until another one, or none, is there. */
  async ask(source) {
    const times = [];
    try {
      const opened = await model;
      while (this.source === source) {
        await source.next();
        if (this.source !== source) return;
        const began = performance.now();
        const example = await source.read();
        const answer = await opened.ask(example);
        if (this.source !== source) return;
        this.last = { example, answer };
        this.show(answer);
        const now = performance.now();
        times.push(now);
        while (times[0] < now - 2000) times.shift();
        if (times.length > 2) this.tell((1000 * (times.length - 1)) / (now - times[0]));
        await new Promise((done) => setTimeout(done, Math.max(BREATH, PAUSE - (now - began))));
      }
    } catch (error) {
      this.stop();
      this.problem.textContent = error.message;
    }
  }

  tell(pace) {
    const n = new Intl.NumberFormat(about.language, { maximumFractionDigits: pace < 3 ? 1 : 0 }).format(pace);
    this.pace.textContent = say("pace", { n });
  }

  /** Bars that move: each class keeps its place, where there are few. */
  show(answer) {
    if (!this.bars) {
      this.said = element("div", { class: "said" });
      this.bars = Array.from({ length: Math.min(FEW, about.classes.length) }, () => {
        const [label, share, bar] = [element("bdi"), element("span", { class: "share" }), element("span", { class: "bar" })];
        return { row: element("li", {}, label, share, bar), label, share, bar };
      });
      this.answer.replaceChildren(this.said, element("ol", { class: "bars" }, ...this.bars.map(({ row }) => row)));
    }
    this.said.replaceChildren(...headline(answer));
    this.said.classList.toggle("none", isNone(answer));
    const order = answer.probabilities.map((share, i) => [share, about.classes[i]]);
    if (order.length > FEW) order.sort((a, b) => b[0] - a[0]);
    this.bars.forEach(({ row, label, share, bar }, i) => {
      label.textContent = order[i][1];
      share.textContent = percent(order[i][0]);
      bar.style.setProperty("--share", order[i][0]);
      row.classList.toggle("best", order[i][1] === answer.label && !isNone(answer));
    });
    const says = this.said.firstChild.querySelector("strong").textContent;
    if (says === this.says) return;
    this.says = says;
    clearTimeout(this.settling);
    this.settling = setTimeout(() => (this.told.textContent = says), SETTLED);
  }
}

/** The page that has nothing else, as the program shows it. The camera begins by itself where it may already. */
async function live_page() {
  const live = new Live();
  $("live").append(live.element);
  if (!Live.isPossible()) live.problem.textContent = say("no_source");
  try {
    await model;
    $("status").hidden = true;
  } catch (error) {
    $("status").className = "wrong";
    $("status").textContent = say("failed", { why: error.message });
    return;
  }
  const may = await navigator.permissions?.query({ name: about.live }).catch(() => null);
  if (may?.state === "granted" && !live.source && !live.button.disabled) live.turn(true);
}
