// Pictures: files, dropped ones, the camera. They are scaled to the numbers that Pillow gives, in whole numbers of 8 bits
// after each pass, as the program that the model comes from scales them (core/modalities/image).

const STORED_SIDE = 512;
const MOST_PIXELS = 50e6;
const HAMMING = { support: 1, at: (x) => (x === 0 ? 1 : Math.abs(x) >= 1 ? 0 : hamming(Math.abs(x) * Math.PI)) };
const BICUBIC = { support: 2, at: (x) => bicubic(Math.abs(x)) };
const hamming = (x) => (Math.sin(x) / x) * (0.54 + 0.46 * Math.cos(x));
const bicubic = (x) => (x < 1 ? (1.5 * x - 2.5) * x * x + 1 : x < 2 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : 0);
const WHOLE = 2 ** 22; // weights are whole numbers of this many parts

/** For each place of `size` on an axis: where its weights begin among the `given`, and they; `end` is where the picture
 * ends, which may lie inside the last pixel. */
function weights(given, end, size, { support, at }) {
  const scale = end / size;
  const wide = Math.max(scale, 1);
  return Array.from({ length: size }, (_, place) => {
    const centre = (place + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support * wide + 0.5));
    const last = Math.min(given, Math.trunc(centre + support * wide + 0.5));
    const own = Array.from({ length: last - first }, (_, i) => at((first + i - centre + 0.5) / wide));
    const sum = own.reduce((a, b) => a + b, 0);
    return [first, own.map((weight) => Math.trunc((weight / sum) * WHOLE + (weight < 0 ? -0.5 : 0.5)))];
  });
}

/** A picture {data: RGB bytes, width, height} scaled along one axis. */
function pass(picture, size, end, kernel, across) {
  const { data, width, height } = picture;
  const [given, step, lines, stride] = across ? [width, 3, height, width * 3] : [height, width * 3, width, 3];
  if (given === size && end === given) return picture;
  const made = new Uint8ClampedArray(3 * size * lines);
  const [out, line] = across ? [3, size * 3] : [lines * 3, 3];
  weights(given, end, size, kernel).forEach(([first, own], place) => {
    for (let row = 0; row < lines; row++) {
      for (let colour = 0; colour < 3; colour++) {
        let sum = WHOLE / 2;
        let from = row * stride + first * step + colour;
        for (let i = 0; i < own.length; i++, from += step) sum += data[from] * own[i];
        made[row * line + place * out + colour] = Math.floor(sum / WHOLE);
      }
    }
  });
  return { data: made, width: across ? size : width, height: across ? height : size };
}

/** Means of blocks of `x` times `y` pixels: what makes a large picture cheap to scale. */
function reduced({ data, width, height }, x, y) {
  const [wide, high] = [Math.ceil(width / x), Math.ceil(height / y)];
  const made = new Uint8ClampedArray(3 * wide * high);
  for (let row = 0; row < high; row++) {
    const bottom = Math.min(height, (row + 1) * y);
    for (let column = 0; column < wide; column++) {
      const right = Math.min(width, (column + 1) * x);
      const n = (bottom - row * y) * (right - column * x);
      const part = Math.floor(2 ** 32 / (256 * n));
      for (let colour = 0; colour < 3; colour++) {
        let sum = Math.floor(n / 2);
        for (let j = row * y; j < bottom; j++) {
          for (let i = column * x; i < right; i++) sum += data[3 * (j * width + i) + colour];
        }
        made[3 * (row * wide + column) + colour] = Math.floor((sum * part) / 2 ** 24);
      }
    }
  }
  return { data: made, width: wide, height: high };
}

/** Pillow's `resize` with `reducing_gap=3` (Pillow 13: the pass that leaves less to do for the other comes first). */
function resized(picture, width, height, kernel) {
  const { width: wide, height: high } = picture;
  const [x, y] = [Math.trunc(wide / width / 3) || 1, Math.trunc(high / height / 3) || 1];
  const small = x > 1 || y > 1 ? reduced(picture, x, y) : picture;
  const across = (one) => pass(one, width, Math.fround(wide / x), kernel, true);
  const down = (one) => pass(one, height, Math.fround(high / y), kernel, false);
  return small.height - height > 2 * Math.max(0, small.width - width) ? across(down(small)) : down(across(small));
}

/** Pillow's `thumbnail`: no side is longer than `side`, and the shape stays. */
function shrunk(picture, side) {
  const { width, height } = picture;
  if (Math.max(width, height) <= side) return picture;
  const shape = width / height;
  const nearest = (number, off) => Math.max(1, off(Math.floor(number)) <= off(Math.ceil(number)) ? Math.floor(number) : Math.ceil(number));
  if (shape <= 1) return resized(picture, nearest(side * shape, (n) => Math.abs(shape - n / side)), side, BICUBIC);
  return resized(picture, side, nearest(side / shape, (n) => (n === 0 ? 0 : Math.abs(shape - side / n))), BICUBIC);
}

class Inputs {
  static async open(input) {
    return Object.assign(new Inputs(), input);
  }

  /** A picture (Blob) decoded, upright, on white, of modest size. */
  async read(file) {
    let bitmap;
    try {
      bitmap = await createImageBitmap(file, { colorSpaceConversion: "none", imageOrientation: "from-image" });
    } catch {
      throw new Error(say("unreadable"));
    }
    const { width, height } = bitmap;
    if (width * height > MOST_PIXELS) throw new Error(say("large", { most: MOST_PIXELS / 1e6 }));
    const canvas = Object.assign(document.createElement("canvas"), { width, height });
    const context = canvas.getContext("2d");
    context.fillStyle = "#fff";
    context.fillRect(0, 0, width, height);
    context.drawImage(bitmap, 0, 0);
    bitmap.close();
    return Inputs.drawn(canvas);
  }

  /** What a canvas shows, of modest size. */
  static drawn(canvas) {
    const { width, height } = canvas;
    const rgba = canvas.getContext("2d").getImageData(0, 0, width, height).data;
    const data = new Uint8ClampedArray(3 * width * height);
    for (let i = 0, j = 0; i < rgba.length; i += 4, j += 3) {
      data[j] = rgba[i];
      data[j + 1] = rgba[i + 1];
      data[j + 2] = rgba[i + 2];
    }
    return shrunk({ data, width, height }, STORED_SIDE);
  }

  /** A picture as the network takes it: (1, 3, size, size) float32. */
  batch(picture, Tensor) {
    const { size, mean, std } = this;
    const kernel = Math.min(picture.width, picture.height) > size ? HAMMING : BICUBIC;
    const { data } = resized(picture, size, size, kernel);
    const pixels = new Float32Array(3 * size * size);
    for (let i = 0; i < size * size; i++) {
      for (let colour = 0; colour < 3; colour++) {
        pixels[colour * size * size + i] = (data[3 * i + colour] - mean[colour]) / std[colour];
      }
    }
    return { pixels: new Tensor("float32", pixels, [1, 3, size, size]) };
  }

  static async sample(inputs, { content, type }) {
    return inputs.read(new Blob([Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0))], { type }));
  }

  static button(sample) {
    const picture = `data:${sample.type};base64,${sample.content}`;
    const ask = () => answered(Inputs.image(picture), (inputs) => Inputs.sample(inputs, sample));
    return element("button", { type: "button", class: "sample", onclick: ask }, Inputs.image(picture, sample.truth));
  }

  static image(address, alt = "") {
    const picture = element("img", { src: address, alt });
    picture.addEventListener("error", () => picture.replaceWith(element("bdi", {}, alt)));
    return picture;
  }

  static given(files) {
    for (const file of files) answered(Inputs.image(URL.createObjectURL(file), file.name), (inputs) => inputs.read(file));
  }

  /** The ways to give pictures. */
  static show(place) {
    const chosen = element("input", { type: "file", id: "file", accept: "image/*", multiple: "" });
    chosen.addEventListener("change", () => {
      Inputs.given(chosen.files);
      chosen.value = "";
    });
    place.append(element("label", { for: "file" }, say("choose")), chosen, element("p", { class: "soft" }, say("drop")));
    if (Live.isPossible()) place.append(new Live().element);
    document.addEventListener("dragover", (event) => event.preventDefault());
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      Inputs.given(event.dataTransfer.files);
    });
    document.addEventListener("paste", (event) => Inputs.given(event.clipboardData.files));
  }

  /** The camera, which shows what it sees in `stage`: `next` waits for a new frame, `read` gives it as an example, and
   * `shot` as a file. */
  static async source(stage) {
    const wanted = { facingMode: "environment", width: { ideal: 480 }, height: { ideal: 360 } }; // networks see less
    const stream = await navigator.mediaDevices.getUserMedia({ video: wanted });
    const video = element("video", { muted: "", playsinline: "" });
    const canvas = document.createElement("canvas");
    canvas.getContext("2d", { willReadFrequently: true });
    // People expect a mirror, but not of what lies before the back of a telephone. The model sees it as it is.
    video.classList.toggle("mirrored", stream.getVideoTracks()[0].getSettings().facingMode !== "environment");
    video.muted = true; // the attribute alone does nothing once it is made by a script
    video.srcObject = stream;
    stage.replaceChildren(video);
    await video.play();
    const draw = () => {
      Object.assign(canvas, { width: video.videoWidth, height: video.videoHeight });
      canvas.getContext("2d").drawImage(video, 0, 0);
    };
    return {
      canvas,
      next: () => new Promise((done) => (video.requestVideoFrameCallback?.(done) ?? requestAnimationFrame(done))),
      read() {
        draw();
        return Inputs.drawn(canvas);
      },
      shot: () => new Promise((done) => canvas.toBlob((blob) => done(new File([blob], say("shot"))), "image/png")),
      stop() {
        stream.getTracks().forEach((track) => track.stop());
        stage.replaceChildren();
      },
    };
  }
}
