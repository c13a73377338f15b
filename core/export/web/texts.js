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

/** Which words and letters a text has (core/modalities/terms.py). */
class Terms {
  static #LONGEST = 4;
  static #LONGEST_WORD = 40;

  constructor({ words, letters }) {
    this.words = new Map(words.map((term, place) => [term, place + 1]));
    this.letters = new Map(letters.map((term, place) => [term, place + 1 + words.length]));
  }

  static pieces(text) {
    const small = text.normalize("NFKC").toLowerCase();
    const alike = small.replaceAll("i\u0307", "i").replaceAll("\u0131", "i").replaceAll("\u03c2", "\u03c3").replaceAll("\ufe0f", "");
    const apart = (sign) => (/[\p{L}\p{M}\p{N}]/u.test(sign) ? sign : /[\p{P}\p{S}\p{Cn}]/u.test(sign) ? ` ${sign} ` : " ");
    return Array.from(alike, apart).join("").split(" ").filter(Boolean).map((piece) => Array.from(piece));
  }

  static *wordsOf(pieces) {
    for (const piece of pieces) if (piece.length <= Terms.#LONGEST_WORD) yield ` ${piece.join("")} `;
    for (let i = 1; i < pieces.length; i++) {
      const [first, second] = [pieces[i - 1], pieces[i]];
      if (first.length + second.length <= Terms.#LONGEST_WORD) yield ` ${first.join("")} ${second.join("")} `;
    }
  }

  static *lettersOf(pieces) {
    for (const piece of pieces) {
      const edged = [" ", ...piece, " "];
      for (let length = 1; length <= Terms.#LONGEST; length++) {
        for (let start = 0; start + length <= edged.length; start++) {
          if (length > 1 || edged[start] !== " ") yield edged.slice(start, start + length).join("");
        }
      }
    }
  }

  /** How often a text has each term that is known, by its number. */
  counts(text) {
    const pieces = Terms.pieces(text), found = new Map();
    for (const [terms, numbers] of [[Terms.wordsOf(pieces), this.words], [Terms.lettersOf(pieces), this.letters]]) {
      for (const term of terms) {
        const number = numbers.get(term);
        if (number !== undefined) found.set(number, (found.get(number) ?? 0) + 1);
      }
    }
    return found;
  }
}

class Inputs {
  /** As in core/modalities/text_decoding.py: a tokenizer goes through all that it is given. */
  static #LETTERS_PER_TOKEN = 100;

  static async open(input) {
    const words = JSON.parse(new TextDecoder().decode(await held("tokenizer")));
    if ("vocabulary" in input) return Object.assign(new Inputs(), input, { tokenizer: new Vocabulary(words), closing: [] });
    if ("terms" in input) return Object.assign(new Inputs(), input, { terms: new Terms(words) });
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
    const row = (values) => new Tensor("int64", BigInt64Array.from(values, BigInt), [1, values.length]);
    const part = Inputs.#beginning(message, Inputs.#LETTERS_PER_TOKEN * this.max_length);
    if (this.terms instanceof Terms) {
      const counts = this.terms.counts(part);
      if (!counts.size) counts.set(0, 0);
      return { terms: row([...counts.keys()]), counts: row([...counts.values()]) };
    }
    let { ids } = this.tokenizer.encode(part);
    if (ids.length > this.max_length) {
      const closing = this.closing.map((place) => ids.at(place));
      ids = [...ids.slice(0, this.max_length - closing.length), ...closing];
    }
    if (!ids.length) ids = [0];
    return {
      input_ids: row(ids),
      attention_mask: row(ids.map((id) => (this.vocabulary !== undefined && id === 0 ? 0 : 1))),
      token_type_ids: row(ids.map(() => 0)),
    };
  }

  /** So many signs from the beginning of a text: one beyond the first 65,536 counts once, as in Python. */
  static #beginning(text, signs) {
    return text.length <= signs ? text : Array.from(text.slice(0, 2 * signs)).slice(0, signs).join("");
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
