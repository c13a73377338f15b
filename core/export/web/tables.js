// Rows of a table: put together in a form. Cells become numbers as in the program that it comes from
// (core/modalities/table/cells.py and columns.py).

const NOTHING = new Set(["", "na", "n/a", "n.a.", "#n/a", "nan", "null", "nil", "none", "?", "-", "--", "–", "—", ".", "..", "#value!",
  "#div/0!", "#ref!", "#null!", "#num!", "<na>", "nat"]);
const MOST = 1e100;
const FARTHEST = 5;
const DAY = 86_400_000;
const FIRST_DAY = 719_163; // 1970-01-01 counted from the year 1
const folded = (text) => text.trim().split(/\s+/u).join(" ").toLowerCase().replaceAll("ß", "ss").replaceAll("ς", "σ");

/** The number in a cell, or null. */
function plainNumber(cell, mark, unit) {
  let text = cell.trim();
  if (unit && text.endsWith(unit)) text = text.slice(0, -unit.length);
  text = text.replaceAll("\u2212", "-").replace(/[\u00a0\u202f\u2009]/g, " ").replaceAll("\u2019", "'").replace(/[$€£¥₹₽₩₺%]/g, "").trim();
  text = text.replace(/(?<=\d)[ '_](?=\d{3}(?!\d))/g, "");
  const group = mark === "." ? "," : ".";
  if (text.includes(group)) {
    const grouped = group === "," ? /^[+-]?\d{1,3}((,\d{3})+|(,\d{2})+,\d{3})(\.\d*)?$/ : /^[+-]?\d{1,3}(\.\d{3})+(,\d*)?$/;
    if (grouped.test(text)) text = text.replaceAll(group, "");
    else if (group === ",") return null;
  }
  text = text.replaceAll(mark, ".");
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i.test(text)) return null;
  const number = Number(text);
  return Number.isFinite(number) ? Math.max(-MOST, Math.min(MOST, number)) : null;
}

const MONTHS = [["jan", "ene", "gen", "янв"], ["feb", "fév", "fev", "фев"], ["mar", "mär", "mrz", "maa", "мар"],
  ["apr", "avr", "abr", "апр"], ["may", "mai", "mag", "mei", "май", "мая"], ["jun", "juin", "giu", "июн"],
  ["jul", "juil", "lug", "июл"], ["aug", "aoû", "aou", "ago", "авг"], ["sep", "set", "сен"],
  ["oct", "okt", "ott", "out", "окт"], ["nov", "ноя"], ["dec", "dez", "dic", "déc", "дек"]];
const PARTS = { d: "(?<d>\\d{1,2})", m: "(?<m>\\d{1,2})", Y: "(?<Y>\\d{4})", y: "(?<y>\\d{2})", b: "(?<b>\\p{L}{3,12})\\.?",
  B: "(?<b>\\p{L}{3,12})\\.?" };
const NOON = "(?:[ap]\\.?\\s?m\\.?|vorm\\.|nachm\\.|上午|下午|午前|午後|오전|오후)";
const AFTERNOON = /^(p\.?\s?m\.?|nachm\.|下午|午後|오후)$/u;
const ZONE = "(?:\\s?(?:uhr|utc|[a-z]{0,4}[tz]))?(?:\\s?[+\\-]\\d{1,2}(?::?\\d{2})?)?";
const OF_DAY = `(?:(?<before>${NOON})\\s?)?(?<H>\\d{1,2}):(?<M>\\d{2})(?::(?<S>\\d{2})(?:[.,]\\d+)?)?(?:\\s?(?<after>${NOON}))?${ZONE}`;
const WEEKDAY = "(?:\\p{L}{2,12}\\.?,? )?";
const TIME = "%H:%M";

/** The date in a cell as days since the year 1, or null; `form` as Python writes it (core/modalities/table/dates.py). */
function dayNumber(cell, form) {
  const written = form === "iso" ? "%Y-%m-%d" : form.split(" %H")[0];
  const day = written.replaceAll(".", "\\.").replace(/%(\w)/g, (_, letter) => PARTS[letter]);
  const pattern = form === TIME ? OF_DAY : `${WEEKDAY}${day}(?:(?:t|,? )\\s?${OF_DAY})?`;
  const said = cell.trim().split(/\s+/u).join(" ").toLowerCase().match(new RegExp(`^(?:${pattern})$`, "u"))?.groups;
  if (!said) return null;
  let hour = Number(said.H ?? 0);
  const [minute, second] = [Number(said.M ?? 0), Number(said.S ?? 0)];
  const noon = said.before ?? said.after;
  if (noon) hour = hour >= 1 && hour <= 12 ? (hour % 12) + (AFTERNOON.test(noon) ? 12 : 0) : 24;
  if (hour > 23 || minute > 59 || second > 59) return null;
  const time = (hour * 3600 + minute * 60 + second) / 86_400;
  if (form === TIME) return 1 + time;
  const year = said.y === undefined ? Number(said.Y) : Number(said.y) + (Number(said.y) < 69 ? 2000 : 1900);
  const month = said.b === undefined ? Number(said.m) : MONTHS.findIndex((ways) => ways.some((way) => said.b.startsWith(way))) + 1;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, Number(said.d));
  const is = year > 0 && date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === Number(said.d);
  return is ? date.getTime() / DAY + FIRST_DAY + time : null;
}

class Inputs {
  static async open(input) {
    return Object.assign(new Inputs(), { columns: input.columns.columns, mark: input.columns.mark, apart: input.apart });
  }

  /** A row: cells by the names of columns, numbers and days as such or as text. */
  async read(row) {
    if (!Object.values(row).some((cell) => cell !== "")) throw new Error(say("empty"));
    return row;
  }

  /** Code and number of a cell: 0 where it is missing, else 1, or 2 and more for the values of a category. */
  cell(column, cell) {
    if (column.kind === "category") {
      if (NOTHING.has(String(cell).trim().toLowerCase())) return [0, 0];
      const place = column.values.findIndex((value) => folded(value) === folded(String(cell)));
      return [place < 0 ? 1 : place + 2, 0];
    }
    let amount = cell;
    if (typeof cell !== "number") {
      amount = column.kind === "date" ? dayNumber(cell, column.form) : plainNumber(cell, column.mark || this.mark, column.unit);
    }
    const scaled = ((amount ?? column.median) - column.mean) / column.scale;
    return [amount === null ? 0 : 1, Math.max(-FARTHEST, Math.min(FARTHEST, scaled))];
  }

  batch(row, Tensor) {
    const cells = this.columns.map((column) => this.cell(column, row[column.name] ?? ""));
    if (this.apart) {
      return {
        amounts: new Tensor("float32", Float32Array.from(cells, ([, amount]) => amount), [1, cells.length]),
        codes: new Tensor("int64", BigInt64Array.from(cells, ([code]) => BigInt(code)), [1, cells.length]),
      };
    }
    const features = this.columns.flatMap((column, at) => {
      const [code, amount] = cells[at];
      const own = column.kind === "category" ? column.values.map((_, place) => Number(code === place + 2)) : [amount];
      return column.gaps ? [...own, Number(code === 0)] : own;
    });
    const filled = features.length ? features : [0];
    return { features: new Tensor("float32", Float32Array.from(filled), [1, filled.length]) };
  }

  static async sample(inputs, { content }) {
    return inputs.read(JSON.parse(content));
  }

  static button(sample) {
    const row = JSON.parse(sample.content);
    return element("button", { type: "button", onclick: () => Inputs.given(row) }, Inputs.line(row));
  }

  static line(row) {
    const cells = Object.entries(row).filter(([, cell]) => cell !== "");
    return cells.map(([name, cell]) => `${name}: ${cell}`).join(" · ");
  }

  static given(row, shown = row) {
    answered(element("blockquote", { dir: "auto" }, Inputs.line(shown)), (inputs) => inputs.read(row));
  }

  /** A field for each column. The answer to what stands in them follows below; the button keeps it among the others. */
  static show(place) {
    const fields = about.input.columns.columns.map((column, at) => Inputs.field(column, `cell-${at}`));
    const form = element("form", {}, element("div", { class: "fields" }, ...fields.map(({ shown }) => shown)),
      element("button", { type: "submit" }, say("classify")));
    const now = element("article", {}, element("span"));
    const cells = () => fields.map(({ name, read }) => [name, ...read()]);
    const row = (found) => Object.fromEntries(found.map(([name, cell]) => [name, cell]));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const found = cells();
      Inputs.given(row(found), Object.fromEntries(found.map(([name, , words]) => [name, words])));
    });
    const follow = following(now, async (inputs) => inputs.read(row(cells())));
    form.addEventListener("input", follow);
    place.append(form, now);
    follow();
  }

  /** {name, shown, read}: `read` gives the cell, and what a person reads of it. */
  static field(column, id) {
    const label = element("label", { for: id }, column.name);
    if (column.kind === "category") {
      const values = column.values.length ? column.values : [say("something")];
      const choices = [...values, ...(column.gaps ? [""] : [])];
      const choice = element("select", { id }, ...choices.map((value) => element("option", { value }, value || say("missing"))));
      return { name: column.name, shown: element("div", {}, label, choice), read: () => [choice.value, choice.value] };
    }
    const known = element("input", { type: "checkbox", checked: "", "aria-label": `${column.name}: ${say("known")}` });
    const [input, read] = column.kind === "date" ? Inputs.date(column, id) : Inputs.amount(column, id);
    known.addEventListener("change", () => (input.disabled = !known.checked));
    const head = column.gaps ? element("div", {}, known, label) : label;
    const shown = element("div", {}, head, input, ...(input.beside ? [input.beside] : []));
    return { name: column.name, shown, read: () => (known.checked ? read() : ["", ""]) };
  }

  static amount(column, id) {
    const span = column.high - column.low;
    const step = column.whole ? 1 : span > 0 ? 10 ** Math.floor(Math.log10(span / 200)) : 0.01;
    const round = (amount) => Number(amount.toFixed(Math.max(0, -Math.floor(Math.log10(step)))));
    const [min, max] = [round(Math.floor(column.low / step) * step), round(Math.ceil(column.high / step) * step)];
    const input = element("input", { type: "range", id, min, max, step, value: column.median });
    const said = element("output", { for: id });
    const words = () => `${new Intl.NumberFormat(about.language, { maximumFractionDigits: 6, useGrouping: "min2" }).format(Number(input.value))} ${column.unit}`.trim();
    const show = () => (said.textContent = words());
    input.addEventListener("input", show);
    show();
    return [Object.assign(input, { beside: said }), () => [Number(input.value), words()]];
  }

  static date(column, id) {
    const day = (amount) => new Date((Math.floor(amount) - FIRST_DAY) * DAY).toISOString().slice(0, 10);
    const clock = (amount) => new Date(Math.round((amount % 1) * 1440) * 60_000).toISOString().slice(11, 16);
    const [type, form, write] = column.form === TIME ? ["time", TIME, clock] : ["date", "iso", day];
    const input = element("input", { type, id, value: write(column.median) });
    return [input, () => (input.value ? [dayNumber(input.value, form), input.value] : ["", ""])];
  }
}
