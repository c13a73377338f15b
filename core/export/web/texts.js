// Messages: typed or pasted. They are cut into the tokens of the model as in the program that it comes from.

/** Words as numbers, for the small text network (core/models/vocabulary.py). */
class Vocabulary {
  static #CJK = "\\u3400-\\u9fff\\uf900-\\ufaff\\u3040-\\u30ff";
  static #WORD = new RegExp(`[${this.#CJK}]|(?:(?![${this.#CJK}])[\\p{L}\\p{N}_])+|[!?]`, "gu");

  constructor(words) {
    this.numbers = new Map(words.map((word, place) => [word, place + 2]));
  }

  encode(text) {
    const folded = text.toLowerCase().replaceAll("ß", "ss").replaceAll("ς", "σ");
    return { ids: (folded.match(Vocabulary.#WORD) ?? []).map((word) => this.numbers.get(word) ?? 1) };
  }
}

class Inputs {
  /** As in core/modalities/text_decoding.py: a tokenizer goes through all that it is given. */
  static #LETTERS_PER_TOKEN = 100;

  static async open(input) {
    const words = JSON.parse(new TextDecoder().decode(await held("tokenizer")));
    if ("vocabulary" in input) return Object.assign(new Inputs(), input, { tokenizer: new Vocabulary(words), closing: [] });
    const { Tokenizer } = await library("tokenizers");
    return Object.assign(new Inputs(), input, { tokenizer: new Tokenizer(words, {}), closing: [-1] });
  }

  async read(text) {
    const message = text.replaceAll("\0", "").trim();
    if (!message) throw new Error(say("empty"));
    return message;
  }

  /** A message as the network takes it, (1, tokens) int64. One that is too long keeps its beginning and its closing token. */
  batch(message, Tensor) {
    let { ids } = this.tokenizer.encode(message.slice(0, Inputs.#LETTERS_PER_TOKEN * this.max_length));
    if (ids.length > this.max_length) {
      const closing = this.closing.map((place) => ids.at(place));
      ids = [...ids.slice(0, this.max_length - closing.length), ...closing];
    }
    if (!ids.length) ids = [0];
    const row = (values) => new Tensor("int64", BigInt64Array.from(values, BigInt), [1, values.length]);
    return {
      input_ids: row(ids),
      attention_mask: row(ids.map((id) => (this.vocabulary !== undefined && id === 0 ? 0 : 1))),
      token_type_ids: row(ids.map(() => 0)),
    };
  }

  static async sample(inputs, { content }) {
    return inputs.read(content);
  }

  static button(sample) {
    return element("button", { type: "button", onclick: () => Inputs.given(sample.content) }, sample.content);
  }

  static given(text) {
    answered(element("blockquote", { dir: "auto" }, text), (inputs) => inputs.read(text));
  }

  static show(place) {
    const typed = element("textarea", { id: "message", rows: 3, dir: "auto" });
    const ask = element("button", { type: "submit" }, say("classify"));
    const form = element("form", {}, element("label", { for: "message" }, say("type")), typed, ask);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      Inputs.given(typed.value);
    });
    typed.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
    });
    place.append(form);
  }
}
