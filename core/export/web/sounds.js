// Sounds: files, dropped ones, the microphone. They become the numbers that the program makes of them, from which the
// model comes (core/modalities/sound): samples at 16 kHz, log-mel frames, log-mel pictures.

const RATE = 16000;
const [FRAME, HOP, WINDOW, MARGIN, FEWEST] = [512, 160, 400, RATE / 2, 76];
const LONGEST = 15 * RATE;
const RANGE = 80;
const SOFTEST = -20;
const [HIGH, WIDE] = [128, 256];
const hann = Float64Array.from({ length: FRAME }, (_, i) => {
  const place = i - (FRAME - WINDOW) / 2;
  return place < 0 || place >= WINDOW ? 0 : 32768 * (0.5 - 0.5 * Math.cos((2 * Math.PI * place) / WINDOW));
});

/** All of a sound; of a longer one the part in which most is heard. */
function loudest(sound) {
  if (sound.length <= LONGEST) return sound;
  const step = RATE / 10;
  const total = [0];
  for (let start = 0; start < sound.length; start += step) {
    let energy = 0;
    for (const value of sound.subarray(start, start + step)) energy += value * value;
    total.push(total.at(-1) + energy);
  }
  const width = LONGEST / step;
  let best = 0;
  for (let i = 0; i + width < total.length; i++) {
    if (total[i + width] - total[i] > total[best + width] - total[best]) best = i;
  }
  return sound.subarray(best * step, best * step + LONGEST);
}

/** The fast Fourier transform of FRAME numbers, in place. */
function transformed(real, imaginary) {
  for (let i = 1, j = 0; i < FRAME; i++) {
    let bit = FRAME >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) [real[i], real[j]] = [real[j], real[i]];
  }
  for (let length = 2; length <= FRAME; length *= 2) {
    for (let k = 0; k < length / 2; k++) {
      const [cos, sin] = [Math.cos((2 * Math.PI * k) / length), -Math.sin((2 * Math.PI * k) / length)];
      for (let start = k; start < FRAME; start += length) {
        const other = start + length / 2;
        const [x, y] = [real[other] * cos - imaginary[other] * sin, real[other] * sin + imaginary[other] * cos];
        [real[other], imaginary[other]] = [real[start] - x, imaginary[start] - y];
        [real[start], imaginary[start]] = [real[start] + x, imaginary[start] + y];
      }
    }
  }
}

/** The power spectrum of a sound with silence around it: a row of FRAME / 2 + 1 numbers each 10 milliseconds. */
function power(sound) {
  const missing = Math.max(0, FRAME + (FEWEST - 1) * HOP - sound.length - 2 * MARGIN);
  const before = MARGIN + Math.floor(missing / 2);
  const padded = new Float64Array(sound.length + 2 * MARGIN + missing);
  padded.set(sound, before);
  const rows = [];
  for (let start = 0; start + FRAME <= padded.length; start += HOP) {
    const [real, imaginary] = [new Float64Array(FRAME), new Float64Array(FRAME)];
    for (let i = 0; i < FRAME; i++) real[i] = padded[start + i] * hann[i];
    transformed(real, imaginary);
    rows.push(Float64Array.from({ length: FRAME / 2 + 1 }, (_, i) => real[i] ** 2 + imaginary[i] ** 2));
  }
  return rows;
}

const toMel = (hertz) => (hertz < 1000 ? (hertz * 3) / 200 : 15 + Math.log(hertz / 1000) / (Math.log(6.4) / 27));
const toHertz = (mel) => (mel < 15 ? (mel * 200) / 3 : 1000 * Math.exp((Math.log(6.4) / 27) * (mel - 15)));

/** Triangular filters of equal area on the mel scale: [where the first begins, its weights] for each band. */
function mel(bands, low, high) {
  const edges = Array.from({ length: bands + 2 }, (_, i) => toHertz(toMel(low) + ((toMel(high) - toMel(low)) * i) / (bands + 1)));
  return Array.from({ length: bands }, (_, band) => {
    const [left, middle, right] = edges.slice(band, band + 3);
    return Float64Array.from({ length: FRAME / 2 + 1 }, (_, i) => {
      const hertz = (i * RATE) / FRAME;
      return (Math.max(0, Math.min((hertz - left) / (middle - left), (right - hertz) / (right - middle))) * 2) / (right - left);
    });
  });
}

/** Decibels of each band in each row, nothing softer than RANGE below the loudest; and that one. */
function decibels(rows, filters) {
  const found = rows.map((row) =>
    filters.map((filter) => 10 * Math.log10(Math.max(1e-10, filter.reduce((sum, weight, i) => sum + weight * row[i], 0)))),
  );
  const most = found.reduce((high, row) => Math.max(high, ...row), -Infinity);
  return { most, rows: found.map((row) => row.map((value) => Math.max(value, most - RANGE))) };
}

/** For each of `size` places on an axis of `given`: where its weights begin, and they (Pillow's BILINEAR). */
function places(given, size) {
  const scale = given / size;
  const wide = Math.max(scale, 1);
  return Array.from({ length: size }, (_, place) => {
    const centre = (place + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - wide + 0.5));
    const last = Math.min(given, Math.trunc(centre + wide + 0.5));
    const own = Array.from({ length: last - first }, (_, i) => Math.max(0, 1 - Math.abs((first + i - centre + 0.5) / wide)));
    const sum = own.reduce((a, b) => a + b, 0);
    return [first, own.map((weight) => weight / sum)];
  });
}

/** A sample as files of 16 bits hold it. */
const steps = (value) => Math.max(-32768, Math.min(32767, Math.round(value * 32768))) / 32768;

class Inputs {
  static async open(input) {
    const speech = input.frames && mel(32, 60, 3800);
    const pictures = input.picture && mel(HIGH, 50, RATE / 2);
    return Object.assign(new Inputs(), { speech, pictures });
  }

  /** A recording (Blob) as samples in [-1, 1], 16,000 a second, channels averaged. */
  async read(file) {
    let decoded;
    try {
      decoded = await new OfflineAudioContext(1, 1, RATE).decodeAudioData(await file.arrayBuffer());
    } catch {
      throw new Error(say("unreadable"));
    }
    const sound = new Float32Array(decoded.length);
    for (let channel = 0; channel < decoded.numberOfChannels; channel++) {
      decoded.getChannelData(channel).forEach((value, i) => (sound[i] += value / decoded.numberOfChannels));
    }
    return loudest(sound.map(steps));
  }

  /** A sound as the network takes it: `frames` (1, time, 32) and `lengths` (1,), and `pixels` (1, 3, 128, 256). */
  batch(sound, Tensor) {
    const rows = power(sound);
    const feeds = {};
    if (this.speech) {
      const frames = Float32Array.from(decibels(rows, this.speech).rows.flat(), (value) => value / 10 + 2);
      feeds.frames = new Tensor("float32", frames, [1, rows.length, this.speech.length]);
      feeds.lengths = new Tensor("int64", BigInt64Array.of(BigInt(rows.length)), [1]);
    }
    if (this.pictures) {
      const { most, rows: found } = decibels(rows, this.pictures);
      const loudest = Math.max(most, SOFTEST);
      const shares = found.map((row) => Float32Array.from(row, (value) => Math.max(0, Math.min(1, (value - loudest) / RANGE + 1))));
      const pixels = new Float32Array(3 * HIGH * WIDE);
      places(rows.length, WIDE).forEach(([first, own], column) => {
        for (let band = 0; band < HIGH; band++) {
          const grey = own.reduce((sum, weight, i) => sum + weight * shares[first + i][HIGH - 1 - band], 0);
          for (let colour = 0; colour < 3; colour++) pixels[(colour * HIGH + band) * WIDE + column] = (255 * grey - 127) / 128;
        }
      });
      feeds.pixels = new Tensor("float32", pixels, [1, 3, HIGH, WIDE]);
    }
    return feeds;
  }

  static blob({ content, type }) {
    return new Blob([Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0))], { type });
  }

  static async sample(inputs, sample) {
    return inputs.read(Inputs.blob(sample));
  }

  static button(sample) {
    const ask = () => answered(Inputs.player(Inputs.blob(sample)), (inputs) => Inputs.sample(inputs, sample));
    const button = element("button", { type: "button", onclick: ask }, element("bdi", {}, sample.truth));
    return element("div", { class: "sound" }, Inputs.player(Inputs.blob(sample), sample.truth), button);
  }

  static player(blob, name = "") {
    return element("audio", { controls: "", src: URL.createObjectURL(blob), "aria-label": name });
  }

  /** A player under the name of what it plays: unlike pictures, sounds are not told apart at a glance. */
  static named(file) {
    const name = element("p", { class: "soft" }, element("bdi", {}, file.name));
    return element("div", { class: "sound" }, name, Inputs.player(file, file.name));
  }

  static given(files) {
    for (const file of files) answered(Inputs.named(file), (inputs) => inputs.read(file));
  }

  /** The ways to give sounds. */
  static show(place) {
    const chosen = element("input", { type: "file", id: "file", accept: "audio/*", multiple: "" });
    chosen.addEventListener("change", () => {
      Inputs.given(chosen.files);
      chosen.value = "";
    });
    place.append(element("label", { for: "file" }, say("choose")), chosen, element("p", { class: "soft" }, say("drop")));
    if (Live.isPossible()) place.append(Inputs.microphone(), new Live().element);
    document.addEventListener("dragover", (event) => event.preventDefault());
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      Inputs.given(event.dataTransfer.files);
    });
  }

  /** The microphone, whose loudness is shown in `stage`: `read` gives its last seconds, as many as the examples that the
   * model learnt from usually last. */
  static async source(stage) {
    const plainly = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: false };
    const stream = await navigator.mediaDevices.getUserMedia({ audio: plainly });
    const context = new AudioContext(); // at the rate of the microphone: not every browser takes another one
    const stop = () => {
      stream.getTracks().forEach((track) => track.stop());
      context.close();
      stage.replaceChildren();
    };
    // A browser may want a press of a button first; then it never says that it has begun.
    await Promise.race([context.resume(), new Promise((done) => setTimeout(done, 2000))]);
    if (context.state !== "running") {
      stop();
      throw new Error("suspended");
    }
    const length = Math.round(about.window * context.sampleRate);
    const last = new Float32Array(length);
    // An old way to get at samples, and the only one that a page from the disk may use: a worklet is a file of its own.
    const listener = context.createScriptProcessor(2048, 1, 1);
    listener.onaudioprocess = ({ inputBuffer }) => {
      const data = inputBuffer.getChannelData(0);
      last.copyWithin(0, data.length);
      last.set(data, length - data.length);
    };
    context.createMediaStreamSource(stream).connect(listener).connect(context.destination); // which hears silence
    const level = element("meter", { min: 0, max: 1, "aria-label": say("loudness") });
    stage.replaceChildren(level);
    let heard = 0; // until when it was listened to before
    return {
      async next() {
        while (context.currentTime - heard < 0.1) await new Promise((done) => setTimeout(done, 20));
        heard = context.currentTime;
      },
      async read() {
        const now = last.slice();
        const recent = now.subarray(-Math.round(context.sampleRate / 5));
        const power = recent.reduce((sum, value) => sum + value * value, 0) / recent.length;
        level.value = Math.max(0, 1 + Math.log10(power + 1e-6) / 6);
        if (context.sampleRate === RATE) return now.map(steps);
        const slower = new OfflineAudioContext(1, Math.round(about.window * RATE), RATE);
        const buffer = slower.createBuffer(1, length, context.sampleRate);
        buffer.copyToChannel(now, 0);
        const source = new AudioBufferSourceNode(slower, { buffer });
        source.connect(slower.destination);
        source.start();
        return (await slower.startRendering()).getChannelData(0).map(steps);
      },
      stop,
    };
  }

  static microphone() {
    const button = element("button", { type: "button" }, say("record"));
    const said = element("p", { class: "wrong", role: "alert" });
    let recorder = null;
    button.addEventListener("click", async () => {
      said.textContent = "";
      if (recorder) return recorder.stop();
      try {
        const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
        recorder = new MediaRecorder(stream);
        recorder.addEventListener("dataavailable", ({ data }) => {
          stream.getTracks().forEach((track) => track.stop());
          recorder = null;
          button.textContent = say("record");
          Inputs.given([new File([data], say("shot"), { type: data.type })]);
        });
        recorder.start();
        button.textContent = say("stop");
      } catch {
        said.textContent = say("no_microphone");
      }
    });
    return element("div", { class: "microphone" }, button, said);
  }
}
