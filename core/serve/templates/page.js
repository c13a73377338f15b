// The form of the page: sends what was given, and shows the answers. Labels are strangers' text, never markup.
const form = document.getElementById("ask");
const given = document.getElementById("given");
const answers = document.getElementById("answers");
const most = 8;

function element(parent, tag, text, name) {
  const made = parent.appendChild(document.createElement(tag));
  if (text !== undefined) made.textContent = text;
  if (name) made.className = name;
  return made;
}

async function ask(body) {
  try {
    const response = await fetch("predict?none_below=usual", { method: "POST", body });
    return await response.json();
  } catch {
    return { error: form.dataset.failed };
  }
}

function show(name, answer, picture) {
  const card = element(answers, "div", undefined, "answer");
  if (picture) {
    const image = element(card, "img");
    image.alt = name;
    image.src = URL.createObjectURL(picture);
    image.onerror = () => image.remove();
  }
  element(card, "bdi", name);
  if (answer.error) {
    element(card, "p", answer.error, "wrong");
    return;
  }
  const says = element(card, "p");
  element(says, "strong", answer.none ? form.dataset.none : answer.label);
  const shares = Object.entries(answer.probabilities).sort((one, other) => other[1] - one[1]).slice(0, most);
  for (const [label, share] of shares) {
    const row = element(card, "div", undefined, "share");
    element(row, "bdi", label);
    const bar = element(row, "meter");
    bar.value = share;
    bar.setAttribute("aria-label", label);
    element(row, "span", share.toLocaleString(document.documentElement.lang, { style: "percent" }));
  }
}

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  const isText = form.dataset.text === "yes";
  const inputs = isText ? [given.value.trim()].filter(Boolean) : [...given.files];
  if (!inputs.length) return given.focus();
  button.disabled = true;
  answers.replaceChildren();
  for (const one of inputs) {
    // A text goes as it is: without a type of its own, fetch calls it text/plain.
    show(isText ? one : one.name, await ask(one), isText ? null : one);
  }
  button.disabled = false;
});
