"use strict";
// A picture goes into a queue and from there to the server, one after the other. What does not get through stays in the
// queue and is sent again; the server knows a picture that it has already.
const SIDE = 1024; // twice what is kept; a hundredth of what a camera writes goes over the network
const GIVE_UP = 60000, WAIT = 3000, LOOK = 5000; // milliseconds
const { words, address, own, known, state: first } = JSON.parse(document.getElementById("given").textContent);
const part = (id) => document.getElementById(id);
let state = first;
let chosen = usual().key;
let more = known; // classes of one's own that have no picture here yet
let queue = []; // {album, label, blob, url, gone}: gone is what was taken back while it was on its way
let last = null; // what was taken last on this page: {album, label, url}
let sending = false, stuck = "", stream = null;

const say = (text, values) => Object.keys(values).reduce((said, name) => said.split("{" + name + "}").join(values[name]), text);
const album = (key) => state.albums.find((one) => one.key === key) || usual();
function usual() { return state.albums.find((one) => one.open); }

// --- taking ---

async function take(label, files) {
  problem("");
  const key = chosen;
  for (const file of files) {
    if (file.type.startsWith("video/")) { problem(words.video); continue; }
    const blob = await smaller(file);
    const one = { album: key, label, blob, url: URL.createObjectURL(blob), gone: false };
    queue.push(one);
    show(one);
    draw();
    send();
  }
}

// The server reads whatever this browser cannot (HEIC, on some), so then it gets the file as it is. So it does from a
// browser that forgets to turn what was taken upright.
async function smaller(file) {
  if (!window.CSS || !CSS.supports("image-orientation", "from-image")) return file;
  const url = URL.createObjectURL(file);
  try {
    const picture = new Image();
    picture.src = url;
    await picture.decode();
    return await drawn(picture, picture.naturalWidth, picture.naturalHeight) || file;
  } catch (error) {
    return file;
  } finally {
    URL.revokeObjectURL(url);
  }
}

function drawn(source, width, height) {
  const scale = Math.min(1, SIDE / Math.max(width, height)), canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const paper = canvas.getContext("2d");
  paper.fillStyle = "#fff"; // behind what is transparent
  paper.fillRect(0, 0, canvas.width, canvas.height);
  paper.drawImage(source, 0, 0, canvas.width, canvas.height);
  return new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.9));
}

// --- sending ---

async function send() {
  if (sending) return;
  sending = true;
  while (queue.length) {
    const one = queue[0];
    draw();
    const answer = await ask("POST", "/" + one.album + "?class=" + encodeURIComponent(one.label), one.blob);
    const refused = answer && (answer.status === 403 || answer.status >= 500);
    if (!answer || (refused && !one.gone)) { // it stays, and is tried again
      stuck = !answer ? say(words.waiting, { n: queue.length }) : answer.status === 403 ? words.gone : answer.says;
      draw();
      await Promise.race([pause(WAIT), new Promise((done) => window.addEventListener("online", done, { once: true }))]);
      continue;
    }
    stuck = "";
    queue = queue.filter((other) => other !== one);
    if (answer.status >= 400) {
      problem(answer.says);
      if (last === one) show(null);
    } else if (one.gone) {
      await ask("DELETE", "/" + one.album + "/" + answer.taken);
    }
    if (last !== one) URL.revokeObjectURL(one.url);
  }
  sending = false;
  draw();
}

// The answer, with what it says of how things are; nothing where none came.
async function ask(method, path, body) {
  const stop = new AbortController(), timer = setTimeout(() => stop.abort(), GIVE_UP);
  try {
    const reply = await fetch(address + path, { method, body, signal: stop.signal });
    const told = reply.headers.get("content-type") === "application/json" ? await reply.json() : {};
    if (told.albums) state = told;
    return { status: reply.status, says: told.says || "", taken: told.taken };
  } catch (error) {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

const pause = (time) => new Promise((done) => setTimeout(done, time));

async function undo() {
  const waiting = not_sent(chosen).pop();
  problem("");
  if (waiting) {
    waiting.gone = true;
    if (!(sending && waiting === queue[0])) queue = queue.filter((one) => one !== waiting);
  } else if (album(chosen).last) {
    const answer = await ask("DELETE", "/" + chosen + "/" + album(chosen).last.id);
    if (!answer || answer.status >= 400) problem(answer ? answer.says : words.offline);
  }
  show(null);
  draw();
}

const not_sent = (key) => queue.filter((one) => one.album === key && !one.gone);

// --- the camera, where the browser gives it: then a class is a shutter ---

async function turnCamera() {
  if (stream) {
    stream.getTracks().forEach((track) => track.stop());
    stream = null;
  } else {
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: "environment", width: { ideal: SIDE } } });
      part("live").srcObject = stream;
      await part("live").play();
    } catch (error) {
      stream = null;
      problem(words.no_camera);
    }
  }
  draw();
}

async function shoot(label) {
  const live = part("live");
  if (!live.videoWidth) return;
  const blob = await drawn(live, live.videoWidth, live.videoHeight);
  if (blob) take(label, [blob]);
}

// --- what is seen ---

function problem(says) {
  part("problem").textContent = says;
  part("problem").hidden = !says;
}

function show(picture) {
  if (last && !queue.includes(last)) URL.revokeObjectURL(last.url);
  last = picture;
}

function draw() {
  if (!state.albums.some((one) => one.key === chosen)) chosen = usual().key;
  const now = album(chosen);
  part("held").hidden = !state.held;
  draw_albums();
  draw_classes(now);
  part("more").hidden = now.fixed;
  part("hint").hidden = Boolean(last && last.album === chosen);
  part("last").hidden = !(last && last.album === chosen);
  if (last) {
    const picture = part("last").querySelector("img");
    if (picture.src !== last.url) picture.src = last.url;
    picture.alt = say(words.shot, { label: last.label });
    part("last").querySelector("figcaption").textContent = last.label;
  }
  const newest = not_sent(chosen).pop() || now.last;
  part("undo").disabled = !newest;
  part("undo").textContent = newest ? say(words.undo_this, { label: newest.label }) : words.undo;
  const ended = now.fixed && !now.open ? words.closed : "", empty = !now.fixed && !now.classes.length && !more.length;
  const any = now.classes.some((one) => one.count);
  part("status").textContent = stuck || ended || (queue.length ? say(words.sending, { n: queue.length }) : empty ? words.first : any ? words.sent : "");
  part("live").hidden = !stream;
  part("camera").hidden = !(window.isSecureContext && navigator.mediaDevices);
  part("camera").textContent = stream ? words.camera_off : words.camera;
}

function draw_albums() {
  const place = part("albums");
  place.hidden = state.albums.length < 2;
  const made = state.albums.map((one) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = one.key === own ? words.own : say(words.class, { title: one.title });
    button.setAttribute("aria-pressed", String(one.key === chosen));
    button.onclick = () => { chosen = one.key; problem(""); draw(); };
    return button;
  });
  keep(place, made, (one) => one.textContent + one.getAttribute("aria-pressed"));
}

function draw_classes(now) {
  const counts = new Map(now.classes.map((one) => [one.name, one.count]));
  if (!now.fixed) more.forEach((name) => { if (!counts.has(name)) counts.set(name, 0); });
  not_sent(now.key).forEach((one) => counts.set(one.label, (counts.get(one.label) || 0) + 1));
  const several = part("several").checked;
  const made = [...counts.keys()].map((name) => {
    const label = part("class").content.cloneNode(true).firstElementChild, input = label.querySelector("input");
    label.querySelector(".name").textContent = name;
    label.classList.toggle("off", !now.open);
    input.disabled = !now.open;
    input.multiple = several;
    if (several) input.removeAttribute("capture");
    input.setAttribute("aria-label", say(words.take, { label: name }));
    input.onchange = () => { take(name, [...input.files]); input.value = ""; };
    input.onclick = (event) => {
      if (!stream) return;
      event.preventDefault();
      shoot(name);
    };
    return label;
  });
  keep(part("classes"), made, (one) => now.key + one.textContent + now.open + several);
  [...counts.values()].forEach((count, at) => { part("classes").children[at].querySelector(".count").textContent = count; });
}

// Puts what was made in place of what is there, unless that is the same: a chooser that is open must not lose its field.
function keep(place, made, tells) {
  const told = made.map(tells).join("\n");
  if (place.dataset.told === told) return;
  place.dataset.told = told;
  place.textContent = "";
  made.forEach((one) => place.appendChild(one));
}

part("undo").onclick = undo;
part("several").onchange = draw;
part("camera").onclick = turnCamera;
part("more").onsubmit = (event) => {
  event.preventDefault();
  const name = part("name").value.split(/\s+/).filter(Boolean).join(" ");
  if (name && !more.includes(name)) more.push(name);
  part("name").value = "";
  part("name").blur();
  draw();
};
window.addEventListener("beforeunload", (event) => { if (queue.length) event.preventDefault(); });
window.addEventListener("pagehide", () => { if (stream) turnCamera(); });
setInterval(async () => {
  if (document.hidden || sending) return;
  const answer = await ask("GET", "/state");
  if (answer && answer.status === 403) problem(words.gone);
  draw();
}, LOOK);
draw();
