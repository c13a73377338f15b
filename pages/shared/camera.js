// See, hold, look through, hand over. Streamlit calls the default export again whenever data or theme change, so what
// is going on lives in one `Camera` for each place on the page.
const cameras = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  if (!cameras.has(parentElement)) cameras.set(parentElement, new Camera(parentElement));
  const camera = cameras.get(parentElement);
  camera.update(data, (pictures) => setTriggerValue("pictures", pictures));
  // Streamlit also cleans up after a call that a newer one has overtaken; the camera of the newer one stays on.
  const turn = ++camera.turn;
  return () => { if (camera.turn === turn) camera.leave(); };
}

const REASONS = {
  NotAllowedError: "refused", SecurityError: "refused", NotFoundError: "missing", OverconstrainedError: "missing",
  NotReadableError: "busy", AbortError: "busy",
};

class Camera {
  constructor(root) {
    this.part = (name) => root.querySelector(`.${name}`);
    this.video = root.querySelector("video");
    this.canvas = document.createElement("canvas");
    this.turn = 0; // how often Streamlit has called
    this.stream = null; // while the camera is on
    this.asked = 0; // which wish for a camera is the latest: an answer may come when nobody waits for it any more
    this.isAsking = this.isHeld = false;
    this.problem = this.status = "";
    this.frames = []; // {blob, url, kept}
    this.taking = Promise.resolve();
    this.part("on").onclick = () => this.turnOn();
    this.part("off").onclick = () => this.turnOff();
    this.part("other").onclick = () => this.turnToNext();
    this.part("use").onclick = () => this.use();
    this.part("drop").onclick = () => this.throwAway();
    this.listenToHold(this.part("record"));
  }

  update(data, send) {
    this.data = data;
    this.words = data.words;
    this.send = send;
    window.addEventListener("pagehide", this.turnOff);
    window.addEventListener("blur", this.end);
    this.draw();
  }

  leave() {
    window.removeEventListener("pagehide", this.turnOff);
    window.removeEventListener("blur", this.end);
    this.turnOff();
  }

  // The camera itself

  async turnOn(deviceId) {
    const asked = ++this.asked;
    if (!navigator.mediaDevices) return this.fail(window.isSecureContext ? "missing" : "insecure");
    this.problem = this.status = "";
    this.isAsking = true;
    this.draw();
    const which = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: "environment" };
    try {
      const video = { ...which, width: { ideal: 640 }, height: { ideal: 480 } };
      const stream = await navigator.mediaDevices.getUserMedia({ audio: false, video });
      if (asked !== this.asked) return stop(stream);
      await this.show(stream);
    } catch (error) {
      if (asked === this.asked) this.fail(REASONS[error.name] || "busy");
    }
  }

  async show(stream) {
    const [track] = stream.getVideoTracks();
    track.onended = () => { this.turnOff(); this.fail("gone"); };
    this.stream = stream;
    this.isAsking = false;
    this.video.srcObject = stream;
    // People expect a mirror, but not of what lies before the back of a telephone.
    this.video.classList.toggle("mirrored", track.getSettings().facingMode !== "environment");
    const all = (await navigator.mediaDevices.enumerateDevices()).filter((device) => device.kind === "videoinput");
    this.devices = all.map((device) => device.deviceId);
    this.draw();
    this.part("record").focus({ preventScroll: true });
    await this.video.play();
  }

  turnToNext() {
    const now = this.stream.getVideoTracks()[0].getSettings().deviceId;
    const next = this.devices[(this.devices.indexOf(now) + 1) % this.devices.length];
    this.turnOff();
    this.turnOn(next);
  }

  turnOff = () => {
    this.asked++;
    this.isAsking = false;
    this.end();
    if (this.stream) stop(this.stream);
    this.stream = this.video.srcObject = null;
    this.draw();
  };

  fail(reason) {
    this.isAsking = false;
    this.problem = this.words[reason];
    this.draw();
  }

  // Holding the button, with a finger, a mouse or a key

  listenToHold(button) {
    const isKey = (event) => event.key === " " || event.key === "Enter";
    button.onpointerdown = (event) => {
      if (event.button !== 0) return;
      button.setPointerCapture(event.pointerId);
      this.begin();
    };
    button.onpointerup = button.onpointercancel = button.onlostpointercapture = () => this.end();
    button.onkeydown = (event) => {
      if (!isKey(event)) return;
      event.preventDefault();
      if (!event.repeat) this.begin();
    };
    button.onkeyup = async (event) => {
      if (!isKey(event)) return;
      event.preventDefault();
      await this.end();
      this.part("use").focus();
    };
    button.onblur = () => this.end();
    button.oncontextmenu = (event) => event.preventDefault(); // what a long touch opens
    // A screen reader or a switch can press but not hold: press once to begin and once to end.
    button.onclick = (event) => { if (event.detail === 0) (this.isHeld ? this.end() : this.begin()); };
  }

  begin() {
    if (!this.stream || this.isHeld || this.data.disabled || this.frames.length) return;
    this.isHeld = true;
    this.status = "";
    this.draw();
    this.take();
    this.timer = setInterval(() => this.take(), 1000 / this.data.perSecond);
  }

  take() {
    this.taking = this.taking.then(async () => {
      if (!this.isHeld || this.frames.length >= this.data.most || this.video.readyState < 2) return;
      const { videoWidth: width, videoHeight: height } = this.video;
      const scale = Math.min(1, this.data.side / Math.max(width, height));
      this.canvas.width = Math.round(width * scale);
      this.canvas.height = Math.round(height * scale);
      this.canvas.getContext("2d").drawImage(this.video, 0, 0, this.canvas.width, this.canvas.height);
      const blob = await new Promise((done) => this.canvas.toBlob(done, "image/jpeg", 0.85));
      this.frames.push({ blob, url: URL.createObjectURL(blob), kept: true });
      this.drawCount();
    });
  }

  end = async () => {
    if (!this.isHeld) return;
    this.isHeld = false;
    clearInterval(this.timer);
    await this.taking;
    this.drawThumbnails();
    this.draw();
  };

  // Looking through what was recorded

  async use() {
    const kept = this.frames.filter((frame) => frame.kept);
    const pictures = await Promise.all(kept.map((frame) => base64(frame.blob)));
    this.forget();
    this.status = this.words.used[pictures.length];
    this.draw();
    this.send(pictures);
  }

  throwAway() {
    this.forget();
    this.status = this.words.thrown;
    this.draw();
    this.part("record").focus({ preventScroll: true });
  }

  forget() {
    this.frames.forEach((frame) => URL.revokeObjectURL(frame.url));
    this.frames = [];
    this.drawThumbnails();
  }

  // What is seen

  draw() {
    const { words, data } = this;
    const isReview = this.frames.length > 0 && !this.isHeld;
    const kept = this.frames.filter((frame) => frame.kept).length;
    const show = (name, isShown, says) => {
      const part = this.part(name);
      part.hidden = !isShown;
      if (says !== undefined && part.textContent !== says) part.textContent = says;
      return part;
    };
    this.part("camera").setAttribute("aria-label", words.name);
    this.part("stage").classList.toggle("recording", this.isHeld);
    this.video.hidden = !this.stream;
    this.video.setAttribute("aria-label", words.picture);
    show("blank", !this.stream);
    show("blank-says", !this.problem, this.isAsking ? words.asking : words.off);
    show("problem", this.problem !== "", this.problem);
    show("on", true, words.turnOn).disabled = this.isAsking || data.disabled;
    show("badge", this.isHeld);
    show("chip", this.stream && data.label, data.label);
    show("record", this.stream && !isReview, this.isHeld ? words.release : words.hold).disabled = data.disabled;
    show("other", this.stream && !isReview && this.devices?.length > 1, words.other);
    show("off", this.stream, words.turnOff);
    show("steps", !isReview);
    if (!this.part("steps").children.length) this.part("steps").append(...words.steps.map(item));
    show("review", isReview);
    show("says", isReview, this.frames.length >= data.most ? words.full : words.look);
    this.part("thumbs").setAttribute("aria-label", words.look);
    show("blocked", isReview, data.blocked);
    show("use", isReview, words.use[kept]).disabled = !kept || data.blocked !== "" || data.disabled;
    show("drop", isReview, words.throwAway);
    show("status", true, this.status);
    this.drawCount();
  }

  drawCount() {
    const isFull = this.frames.length >= this.data.most;
    this.part("count").textContent = isFull ? this.words.enough : this.words.count[this.frames.length];
  }

  drawThumbnails() {
    this.part("thumbs").replaceChildren(...this.frames.map((frame, index) => {
      const button = document.createElement("button");
      const picture = document.createElement("img");
      button.type = "button";
      button.setAttribute("aria-label", this.words.keep[index + 1]);
      button.setAttribute("aria-pressed", String(frame.kept));
      button.onclick = () => {
        frame.kept = !frame.kept;
        button.setAttribute("aria-pressed", String(frame.kept));
        this.draw();
      };
      picture.src = frame.url;
      picture.alt = "";
      button.append(picture);
      return button;
    }));
  }
}

const stop = (stream) => stream.getTracks().forEach((track) => track.stop());


function item(says) {
  const line = document.createElement("li");
  line.append(Object.assign(document.createElement("span"), { textContent: says }));
  return line;
}

async function base64(blob) {
  const reader = new FileReader();
  await new Promise((done) => { reader.onload = done; reader.readAsDataURL(blob); });
  return reader.result.split(",")[1];
}
