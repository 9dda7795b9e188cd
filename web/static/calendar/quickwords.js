// The words that one line of text is read by.

/**
 * @typedef {object} Words
 * @property {Record<string, string>} days names of weekdays, lower case @property {Record<string, number>} numbers @property {Record<string, number>} months by three letters
 * @property {RegExp} every @property {RegExp} nth @property {Record<string, number>} nths @property {RegExp} ofMonth @property {string} and
 * @property {RegExp} weekdays @property {RegExp} onDays @property {RegExp} everyN @property {{pattern: RegExp, freq: string}[]} units @property {RegExp} adverbs @property {Record<string, string>} adverb
 * @property {RegExp} times how often @property {RegExp} until @property {RegExp} length with groups h, half, m, d
 * @property {RegExp} timeSpan with groups lead, a, ah, b, bh, mark @property {RegExp} time with groups a and ah, or b, c, d @property {RegExp} namedTime @property {Record<string, string>} named @property {RegExp} timeLead
 * @property {RegExp} dates with groups d, m, y, d2, m2, y2 @property {RegExp} dateLead @property {RegExp} dayBefore a weekday before a date that was found
 * @property {RegExp} lead before what chrono found @property {RegExp} guests @property {RegExp} place @property {RegExp} dangling words that may not end or begin a title
 */

const h = "\\u0001";
/** A clock in numbers. */
const clock = "(?:2[0-4]|[01]?\\d)(?:[:.][0-5]\\d)?";
const half = "\\s?[ap]\\.?m\\.?|[ap](?![\\p{L}])";
const end = `(?=$|[\\s,;${h}])`;
const begin = `(?:^|[\\s,;${h}])`;

/** @param {string} months @param {string} sep after the number of a day */
const dates = (months, sep) => `^(?<d>[0-3]?\\d)(?:\\.\\s?(?<m>[01]?\\d|(?:${months})\\p{L}*)?\\.?\\s?(?<y>\\d{4}|(?<=\\.)\\d{2}(?!\\d|[:.]\\d|\\s?(?:-|–|Uhr)))?)(?:\\s?(?:-|–|${sep})\\s?(?<d2>[0-3]?\\d)\\.\\s?(?<m2>[01]?\\d|(?:${months})\\p{L}*)\\.?\\s?(?<y2>\\d{4})?)?`;

/** @type {Record<string, Words>} */
export const words = {
	en: {
		days: { monday: "MO", mondays: "MO", mon: "MO", tuesday: "TU", tuesdays: "TU", tue: "TU", tues: "TU", wednesday: "WE", wednesdays: "WE", wed: "WE", thursday: "TH", thursdays: "TH", thu: "TH", thurs: "TH", friday: "FR", fridays: "FR", fri: "FR", saturday: "SA", saturdays: "SA", sat: "SA", sunday: "SU", sundays: "SU", sun: "SU" },
		numbers: { a: 1, an: 1, one: 1, two: 2, three: 3, four: 4, five: 5, six: 6, seven: 7, eight: 8, nine: 9, ten: 10, twelve: 12, other: 2, second: 2, third: 3 },
		months: { jan: 1, feb: 2, mar: 3, apr: 4, may: 5, jun: 6, jul: 7, aug: 8, sep: 9, oct: 10, nov: 11, dec: 12 },
		every: new RegExp(`${begin}(?:every|each)`), nth: /(?:first|second|third|fourth|last|other|1st|2nd|3rd|4th)/, nths: { first: 1, "1st": 1, second: 2, "2nd": 2, third: 3, "3rd": 3, fourth: 4, "4th": 4, last: -1 },
		ofMonth: /\s+(?:of|in)\s+(?:the|each|every)\s+month/, and: "and|&",
		weekdays: new RegExp(`${begin}(?:every|each)\\s+(?:weekday|workday|working day)s?${end}|${begin}on\\s+weekdays${end}`),
		onDays: new RegExp(`${begin}(?:on\\s+)?(?:mondays|tuesdays|wednesdays|thursdays|fridays|saturdays|sundays)(?:(?:\\s*,\\s*|\\s+and\\s+)(?:mondays|tuesdays|wednesdays|thursdays|fridays|saturdays|sundays))*${end}`),
		everyN: new RegExp(`${begin}(?:every|each)\\s+(?:(\\d{1,3}|other|two|three|four|six|second|third)\\s+)?(days?|weeks?|months?|years?)${end}`),
		units: [{ pattern: /^d/i, freq: "DAILY" }, { pattern: /^w/i, freq: "WEEKLY" }, { pattern: /^m/i, freq: "MONTHLY" }, { pattern: /^y/i, freq: "YEARLY" }],
		adverbs: new RegExp(`${begin}(?:daily|weekly|biweekly|fortnightly|monthly|yearly|annually)${end}`),
		adverb: { daily: "DAILY", weekly: "WEEKLY", biweekly: "WEEKLY;INTERVAL=2", fortnightly: "WEEKLY;INTERVAL=2", monthly: "MONTHLY", yearly: "YEARLY", annually: "YEARLY" },
		times: new RegExp(`${begin}(?:for\\s+)?(\\d{1,3}|two|three|four|five|six|seven|eight|nine|ten|twelve)\\s+times${end}`),
		until: new RegExp(`${begin}(?:until|till)\\s+([^${h}]+?)(?=\\s+(?:at|with|for|in)\\s|\\s*[,;]|$|\\s*${h})`),
		length: new RegExp(`${begin}for\\s+(?:(?<half>half an hour)|(?<d>\\d{1,3}|a|two|three|four|five)\\s*days?|(?:(?<h>\\d{1,2}(?:[.,]\\d)?|an|one|two|three|four)\\s*(?:hours?|hrs?|h)(?:\\s*(?:and\\s+)?)?)?(?:(?<m>\\d{1,3})\\s*(?:minutes?|mins?|m)?)?)(?<=\\p{L}|\\d)${end}`),
		timeSpan: new RegExp(`${begin}(?:(?<lead>from|between|at)\\s+)?(?<a>${clock})(?<ah>${half})?\\s?(?:-|–|to|until|till|and)\\s?(?<b>${clock})(?<bh>${half})?(?<mark>\\s?(?:h|o'clock))?${end}`),
		time: new RegExp(`${begin}(?:(?:at|@|from)\\s+)?(?:(?<a>${clock})(?<ah>${half})|(?<=(?:at|@|from)\\s+)(?<b>${clock})(?:\\s?o'clock)?|(?<c>(?:2[0-4]|[01]?\\d):[0-5]\\d))${end}`),
		namedTime: new RegExp(`${begin}(?:at\\s+)?(?:noon|midday|midnight)${end}`), named: { noon: "12:00", midday: "12:00", midnight: "00:00" }, timeLead: /^at\s+/,
		dates: new RegExp(dates("jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec", "to"), "iu"), dateLead: /^(?:on\s+|from\s+)/,
		dayBefore: new RegExp(`${begin}(?:on\\s+)?(?:mon|tues?|wed|thu(?:rs)?|fri|sat|sun)(?:day|nesday|rday|urday)?\\.?,?\\s*(?=${h})`),
		lead: /(?:^|\s)(?:on|at|from|by|the|this)\s+$/i,
		guests: new RegExp(`${begin}with\\s+((?!${h})[^\\s,${h}@]+(?:@[^\\s,${h}]+)?(?:\\s+(?!at\\s|in\\s|for\\s|on\\s|about\\s|and\\s|to\\s)[\\p{Lu}][^\\s,${h}]*)*(?:(?:\\s*,\\s*|\\s+and\\s+)[\\p{Lu}\\p{Ll}][^\\s,${h}]*(?:\\s+(?!at\\s|in\\s|for\\s|on\\s|about\\s|and\\s)[\\p{Lu}][^\\s,${h}]*)*)*)`),
		place: new RegExp(`(?:${begin}(?:at|@)\\s+(?:the\\s+)?((?!${h})[^${h},;]+?)|${begin}in\\s+(?=[\\p{Lu}\\d])([^${h},;]+?))(?=\\s+(?:with|for|about|from|on)\\s|\\s*[,;]|\\s*${h}|$)`),
		dangling: /(?:^(?:on|at|from|,|;|-|–)(?=\s|$))|(?:(?:^|\s)(?:on|at|from|with|in|for|and|to|until|,|;|-|–)$)|[,;]$/i,
	},
	de: {
		days: { montag: "MO", montags: "MO", mo: "MO", dienstag: "TU", dienstags: "TU", di: "TU", mittwoch: "WE", mittwochs: "WE", mi: "WE", donnerstag: "TH", donnerstags: "TH", do: "TH", freitag: "FR", freitags: "FR", fr: "FR", samstag: "SA", samstags: "SA", sonnabend: "SA", sa: "SA", sonntag: "SU", sonntags: "SU", so: "SU" },
		numbers: { ein: 1, eine: 1, einen: 1, einer: 1, zwei: 2, drei: 3, vier: 4, "fünf": 5, sechs: 6, sieben: 7, acht: 8, neun: 9, zehn: 10, "zwölf": 12, zweite: 2, zweiten: 2, dritte: 3, dritten: 3, anderthalb: 1.5 },
		months: { jan: 1, feb: 2, "mär": 3, mrz: 3, apr: 4, mai: 5, jun: 6, jul: 7, aug: 8, sep: 9, okt: 10, nov: 11, dez: 12 },
		every: new RegExp(`${begin}(?:jeden|jede|jedes|immer)`), nth: /(?:ersten|zweiten|dritten|vierten|letzten|1\.|2\.|3\.|4\.)/, nths: { ersten: 1, "1.": 1, zweiten: 2, "2.": 2, dritten: 3, "3.": 3, vierten: 4, "4.": 4, letzten: -1 },
		ofMonth: /\s+(?:im|des|in jedem)\s+Monats?/, and: "und|&",
		weekdays: new RegExp(`${begin}(?:jeden\\s+(?:werktag|arbeitstag)|werktags)${end}`),
		onDays: new RegExp(`${begin}(?:immer\\s+)?(?:montags|dienstags|mittwochs|donnerstags|freitags|samstags|sonntags)(?:(?:\\s*,\\s*|\\s+und\\s+)(?:montags|dienstags|mittwochs|donnerstags|freitags|samstags|sonntags))*${end}`),
		everyN: new RegExp(`${begin}(?:alle|jeden|jede|jedes)\\s+(?:(\\d{1,3}|zwei|drei|vier|sechs|zweiten?|dritten?)\\s+)?(tage?|wochen?|monate?|jahre?)${end}`),
		units: [{ pattern: /^t/i, freq: "DAILY" }, { pattern: /^w/i, freq: "WEEKLY" }, { pattern: /^m/i, freq: "MONTHLY" }, { pattern: /^j/i, freq: "YEARLY" }],
		adverbs: new RegExp(`${begin}(?:täglich|wöchentlich|vierzehntägig|zweiwöchentlich|monatlich|jährlich)${end}`),
		adverb: { "täglich": "DAILY", "wöchentlich": "WEEKLY", "vierzehntägig": "WEEKLY;INTERVAL=2", "zweiwöchentlich": "WEEKLY;INTERVAL=2", monatlich: "MONTHLY", "jährlich": "YEARLY" },
		times: new RegExp(`${begin}(\\d{1,3}|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|zwölf)\\s?-?mal${end}`),
		until: new RegExp(`${begin}bis\\s+(?:zum\\s+)?([^${h}]+?)(?=\\s+(?:um|mit|für|in|im|bei)\\s|\\s*[,;]|$|\\s*${h})`),
		length: new RegExp(`${begin}(?:für\\s+)?(?:(?<half>eine\\s+halbe\\s+Stunde)|(?<=für\\s+)(?<d>\\d{1,3}|einen|zwei|drei|vier|fünf)\\s*tage?|(?:(?<h>\\d{1,2}(?:[.,]\\d)?|eine|zwei|drei|vier|anderthalb)\\s*(?:stunden?|std\\.?|h)(?:\\s*(?:und\\s+)?)?)?(?:(?<m>\\d{1,3})\\s*(?:minuten?|min\\.?))?)(?<=\\p{L}|\\.)(?:\\s+lang)?${end}`),
		timeSpan: new RegExp(`${begin}(?:(?<lead>von|zwischen|um)\\s+)?(?<a>${clock})(?<ah>(?!))?(?:\\s?Uhr)?\\s?(?:-|–|bis|und)\\s?(?<b>${clock})(?<bh>(?!))?(?<mark>\\s?(?:Uhr|h))?${end}`),
		time: new RegExp(`${begin}(?:(?:um|ab|@)\\s+)?(?:(?<b>${clock})\\s?Uhr|(?<=(?:um|ab|@)\\s+)(?<d>${clock})|(?<c>(?:2[0-4]|[01]?\\d):[0-5]\\d))${end}`),
		namedTime: new RegExp(`${begin}(?:um\\s+)?mitternacht${end}`), named: { mitternacht: "00:00" }, timeLead: /^um\s+/,
		dates: new RegExp(dates("jan|feb|mär|mrz|apr|mai|jun|jul|aug|sep|okt|nov|dez", "bis"), "iu"), dateLead: /^(?:am\s+|vom\s+|ab\s+|den\s+)/,
		dayBefore: new RegExp(`${begin}(?:am\\s+)?(?:mo|di|mi|do|fr|sa|so)(?:ntag|enstag|ttwoch|nnerstag|eitag|mstag|nnabend)?\\.?,?\\s*(?:den\\s+|dem\\s+)?(?=${h})`),
		lead: /(?:^|\s)(?:am|um|ab|von|vom|den|der|diesen)\s+$/i,
		guests: new RegExp(`${begin}mit\\s+((?!${h})(?:[\\p{Lu}][^\\s,${h}]*|[^\\s,${h}@]+@[^\\s,${h}]+)(?:\\s+[\\p{Lu}][^\\s,${h}]*)*(?:(?:\\s*,\\s*|\\s+und\\s+)[\\p{Lu}][^\\s,${h}]*(?:\\s+[\\p{Lu}][^\\s,${h}]*)*)*)`),
		place: new RegExp(`(?:${begin}(?:@|Ort:)\\s*((?!${h})[^${h},;]+?)|${begin}(?:in|im|bei|beim)\\s+(?:der\\s+|dem\\s+|den\\s+)?(?=[\\p{Lu}])([^${h},;]+?))(?=\\s+(?:mit|für|um|von|am|zu)\\s|\\s*[,;]|\\s*${h}|$)`),
		dangling: /(?:^(?:am|um|von|vom|ab|,|;|-|–)(?=\s|$))|(?:(?:^|\s)(?:am|um|von|vom|ab|mit|in|im|bei|für|und|bis|,|;|-|–)$)|[,;]$/i,
	},
};
