// The wall: some validation examples, each with a tick or a cross that changes as the model learns. Streamlit calls the
// default export whenever there is something new; the examples themselves are fetched once. What a fast training has
// done since the last call is shown scene by scene, and a wall that is drawn anew goes on where it was. A replay has a
// map of the embeddings besides, and controls: it plays when a person says so, as fast as they like.
const STEP = 90; // milliseconds a scene
const REPLAYED = 300; // and in a replay, at its usual speed
const MOST_NAMES = 12; // in a legend
const SPEEDS = [0.25, 0.5, 1, 2, 4];
const walls = new WeakMap();
const shownBefore = (window.finetuneLabWalls ??= new Map()); // by run: the epoch that was seen last

export default function ({ data, parentElement }) {
  if (!walls.has(parentElement)) walls.set(parentElement, new Wall(parentElement, data));
  const wall = walls.get(parentElement);
  wall.update(data);
  const turn = ++wall.turn;
  return () => { if (wall.turn === turn) wall.leave(); };
}

class Wall {
  constructor(root, data) {
    this.part = (name) => root.querySelector(`.${name}`);
    this.turn = 0; // how often Streamlit has called
    this.timer = 0;
    this.begin(data);
    this.part("again").onclick = () => this.playFrom(0);
    this.part("run").onclick = () => {
      if (this.timer) { this.pause(); this.draw(); } else this.playFrom(this.at < this.scenes.length - 1 ? this.at : 0);
    };
    this.part("where").oninput = (event) => { this.pause(); this.at = Number(event.target.value); this.draw(); };
    this.part("speed").onchange = () => { if (this.timer) this.play(); };
  }

  begin(data) {
    this.run = data.run;
    this.scenes = [];
    this.at = -1; // the scene that is shown
    this.about = null; // {tiles, classes}, once it is here
    this.part("tiles").className = `tiles ${data.pictures ? "pictures" : "texts"}`;
    this.part("tiles").replaceChildren(...Array.from({ length: data.scenes[0][3].length }, tile));
    fetch(data.address).then((found) => (found.ok ? found.json() : null)).then((about) => {
      if (!about || this.run !== data.run) return;
      this.about = about;
      about.tiles.forEach((one, place) => fill(this.part("tiles").children[place], one));
      if (data.map) this.part("legend").replaceChildren(...about.classes.slice(0, MOST_NAMES).map((name, i) => {
        const sign = document.createElement("i");
        sign.style.borderColor = data.map.colours[i % data.map.colours.length];
        const said = document.createElement("span");
        said.append(sign, name);
        return said;
      }));
      if (this.at >= 0) this.draw();
    }, () => null); // without pictures there are still ticks and crosses
  }

  update(data) {
    if (this.run !== data.run) this.begin(data);
    this.data = data;
    this.scenes = data.scenes;
    this.part("again").title = data.words.again;
    this.part("again").setAttribute("aria-label", data.words.again);
    if (data.replay) return this.prepare();
    if (this.at < 0) this.at = this.scenes.findIndex(([epoch]) => epoch === shownBefore.get(this.run));
    this.at = Math.max(0, Math.min(this.at, this.scenes.length - 1)); // there may be fewer after an interruption
    if (isStill()) this.at = this.scenes.length - 1;
    this.draw();
    this.play();
  }

  /** A replay stands at its end until somebody plays it. */
  prepare() {
    const { words, map } = this.data;
    this.part("controls").hidden = false;
    this.part("where").max = this.scenes.length - 1;
    this.part("where").setAttribute("aria-label", words.where);
    this.part("speed-says").textContent = words.speed;
    if (!this.part("speed").length) {
      this.part("speed").append(...SPEEDS.map((speed) => new Option(`${speed}×`, speed, speed === 1, speed === 1)));
    }
    this.part("map").hidden = !map;
    const svg = this.part("map").querySelector("svg");
    if (map && !svg.children.length) {
      svg.append(...map.truths.map((truth) => point(map.colours[truth % map.colours.length])));
      svg.setAttribute("aria-label", words.map);
    }
    if (this.at < 0) this.at = this.scenes.length - 1;
    this.draw();
  }

  playFrom(at) {
    this.at = at;
    this.draw();
    this.play();
  }

  play() {
    clearInterval(this.timer);
    const usual = this.data.replay ? REPLAYED / Number(this.part("speed").value) : Math.max(STEP, 1200 / this.scenes.length);
    this.timer = setInterval(() => {
      if (this.at >= this.scenes.length - 1) this.pause();
      else this.at++;
      this.draw();
    }, usual);
    this.draw();
  }

  pause() {
    clearInterval(this.timer);
    this.timer = 0;
  }

  leave() {
    this.pause();
  }

  draw() {
    const { words, ended } = this.data;
    const [epoch, when, accuracy, predicted] = this.scenes[this.at];
    const truths = this.data.truths;
    let right = 0;
    [...this.part("tiles").children].forEach((place, i) => {
      const is = predicted[i] === truths[i];
      right += is;
      if (place.classList.contains("right") !== is) {
        place.classList.toggle("right", is);
        place.classList.remove("turned");
        if (this.at > 0) requestAnimationFrame(() => place.classList.add("turned"));
      }
      const says = this.says(words, i, is, truths[i], predicted[i]);
      place.title = says;
      place.setAttribute("aria-label", says);
    });
    this.part("right-now").textContent = filled(words.right, { right });
    this.part("when").textContent = accuracy ? `${when} · ${accuracy}` : when;
    if (this.data.replay) return this.drawReplay();
    this.part("again").hidden = !ended || this.at < this.scenes.length - 1 || this.scenes.length < 3;
    const seen = shownBefore.get(this.run);
    if (seen === undefined || epoch > seen) shownBefore.set(this.run, epoch);
  }

  drawReplay() {
    const { words, map } = this.data;
    this.part("run").textContent = this.timer ? words.pause : words.play;
    this.part("where").value = this.at;
    this.part("where").setAttribute("aria-valuetext", this.scenes[this.at][1]);
    if (!map) return;
    const moment = map.moments[this.at];
    const places = map.places[moment.places];
    [...this.part("map").querySelector("svg").children].forEach((place, i) => {
      place.style.transform = `translate(${places[2 * i] / 10}px, ${places[2 * i + 1] / 10}px)`;
      place.classList.toggle("missed", moment.right[i] === "0");
    });
  }

  says(words, i, is, truth, guess) {
    if (!this.about) return words[is ? "tick" : "cross"];
    const { tiles, classes } = this.about;
    const said = filled(words.said, { actual: classes[truth], predicted: classes[guess] });
    return [words[is ? "tick" : "cross"], said, tiles[i].text].filter(Boolean).join(" · ");
  }
}

const isStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
const filled = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

function fill(place, { picture, text }) {
  if (picture) place.prepend(Object.assign(document.createElement("img"), { src: picture, alt: "" }));
  else place.prepend(text);
}

/** An example on the map: a ring, or a cross where it is wrong. */
function point(colour) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", "g");
  made.innerHTML = '<circle r="1.4"/><path d="M-1.4 -1.4l2.8 2.8m0 -2.8l-2.8 2.8"/>';
  made.style.stroke = colour;
  return made;
}

function tile() {
  const made = document.createElement("li");
  made.className = "tile";
  made.innerHTML = `<span class="mark" aria-hidden="true"><svg viewBox="0 0 16 16">
    <path class="tick" d="M3.5 8.5l3 3 6-7"/><path class="cross" d="M4.5 4.5l7 7m0-7l-7 7"/></svg></span>`;
  return made;
}
