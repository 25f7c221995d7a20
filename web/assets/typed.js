// Reads what is typed where not just any text will do: numbers, dates, times
// and the names of choices. Loaded where a survey asks for such a thing.

import { evaluate } from './expression.js';

const fold = (text) => text.trim().split(/\s+/).join(' ').toLowerCase();

/** The choices that a datalist proposes, which are typed by their labels. */
export class Proposals {
  constructor(list) {
    Object.assign(this, { list, all: [...list.options] });
    this.offer(() => true);
  }

  /** Proposes the choices that are offered. */
  offer(offered) {
    const allowed = this.all.filter((one) => offered(one.dataset.choice));
    this.list.replaceChildren(...allowed);
    this.choices = new Map(allowed.map((one) => [fold(one.value), one.dataset.choice]));
  }

  /** The choice that is meant by what was typed: its label, or its name as drafts keep it. */
  find(typed) {
    return this.choices.get(fold(typed)) ?? [...this.choices.values()].find((one) => one === typed);
  }

  label(choice) { return this.all.find((one) => one.dataset.choice === choice)?.value ?? choice; }
}

const ascii = (text) => text
  .replace(/[٠-٩]/g, (digit) => digit.charCodeAt(0) - 0x660)
  .replace(/[۰-۹]/g, (digit) => digit.charCodeAt(0) - 0x6f0)
  .replace(/٫/g, '.').replace(/[−‒–]/g, '-')
  .replace(/[\u200e\u200f\u061c\u202a-\u202c\u2066-\u2069\u00a0]/g, '');

/** Reads a number; the problem is not empty when it is none. */
function decimal(typed) {
  const text = ascii(typed).replace(/^([^.,]*),([^.,]*)$/, '$1.$2');
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) return [[], 'problem.not_a_number'];
  const number = Number(text);
  const extreme = Math.abs(number) > 1e15 || (number !== 0 && Math.abs(number) < 1e-15);
  return extreme ? [[], 'problem.number_too_large'] : [[evaluate(['string', number])], ''];
}

/** Whether a number is one of a range's, counted in units of the last place. */
function within({ start, step, decimals, low, high }, text) {
  const units = Math.round(Number(text) * 10 ** decimals);
  return (text.split('.')[1] ?? '').length <= decimals && Number(text) >= Number(low) && Number(text) <= Number(high) &&
    (units - start) % step === 0;
}

const isDay = (text) => {
  const [year, month, day] = text.split('-').map(Number);
  const date = new Date(Date.UTC(year, month - 1, day));
  return /^\d{4}-\d\d-\d\d$/.test(text) && year >= 1900 && year <= 2200 &&
    date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
};

/** Reads a time of day as hours and minutes, '' when it is none. */
function clock(text) {
  const [, hour, minute] = /^(\d{1,2})[:.](\d\d)(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?$/.exec(text) ?? [];
  return hour < 24 && minute < 60 ? `${hour.padStart(2, '0')}:${minute}` : '';
}

/** Reads a date, or as much of one as is asked for. */
function date(precision, typed) {
  let text = ascii(typed);
  if (precision === 'year') {
    const [, year, day] = /^(\d{4})(-\d\d-\d\d)?$/.exec(text) ?? [];
    return year && isDay(year + (day ?? '-01-01')) ? [[`${year}-01-01`], ''] : [[], 'problem.not_a_year'];
  }
  if (precision === 'month') {
    text = text.replace(/^(\d{1,2})[/.](\d{4})$/, (_, month, year) => `${year}-${month.padStart(2, '0')}`);
    const whole = text.length === 7 ? `${text}-01` : text;
    return isDay(whole) ? [[`${whole.slice(0, 7)}-01`], ''] : [[], 'problem.not_a_month'];
  }
  return isDay(text) ? [[text], ''] : [[], 'problem.not_a_date'];
}

/** Brings what was typed into the form that is compared and stored: values and problem. */
export function normalise({ type, precision, range }, typed, proposals) {
  if (proposals) {
    const found = proposals.find(typed);
    return found ? [[found], ''] : [[], 'problem.unknown_choice'];
  }
  if (type === 'range') {
    const [values, problem] = decimal(typed);
    return problem || within(range, values[0]) ? [values, problem] : [[], 'problem.not_in_range'];
  }
  if (type === 'time') {
    const at = clock(ascii(typed));
    return at ? [[at], ''] : [[], 'problem.not_a_time'];
  }
  if (type === 'dateTime') {
    const [day, at = ''] = ascii(typed).replace(' ', 'T').split('T');
    return isDay(day) && clock(at) ? [[`${day}T${clock(at)}`], ''] : [[], 'problem.not_a_date_time'];
  }
  if (type === 'integer') {
    const text = ascii(typed);
    if (!/^[+-]?\d+$/.test(text)) return [[], 'problem.not_an_integer'];
    const exact = BigInt(text.replace('+', '')); // 2⁵³+1 would round to 2⁵³
    return exact > 2n ** 53n || exact < -(2n ** 53n) ? [[], 'problem.number_too_large'] : [[String(Number(text))], ''];
  }
  if (type === 'decimal') return decimal(typed);
  if (type === 'date') return date(precision, typed);
  return [[typed], ''];
}

/** What a control shows of such a value. */
export function shown({ precision }, value, proposals) {
  if (proposals) return proposals.label(value);
  if (!/^\d{4}-\d\d-\d\d$/.test(value) || !precision) return value;
  return value.slice(0, precision === 'year' ? 4 : 7);
}
