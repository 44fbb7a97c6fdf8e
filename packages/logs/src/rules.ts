/** One kind of variable part of a log line. Rules are tried in order at each position; the first that matches wins. */
export interface PlaceholderRule {
	/** Unique among the rules, a lower-case word such as `time-iso`; configuration speaks of the rule by it. */
	name: string;
	/** What it writes: `ip` is written `<ip>`. The name where left out. */
	placeholder?: string;
	/** Source of a regular expression without capturing groups. Keep repetitions bounded or over one class, so that time stays linear. */
	pattern: string;
	/** Finds the first match at or after `from` in the pattern's stead: rules of users bring an engine that no pattern can hang. */
	find?: (text: string, from: number) => readonly [start: number, end: number] | undefined;
}

/** Not inside a word: what comes before is no letter, digit or underscore. */
const start = "(?<![A-Za-z0-9_])";
const end = "(?![A-Za-z0-9_])";
const octet = "\\d{1,3}";
const ipv4 = `${octet}\\.${octet}\\.${octet}\\.${octet}`;
const h16 = "[0-9A-Fa-f]{1,4}";
const month = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)";
const weekday = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)";
const clock = "\\d{1,2}:\\d{2}:\\d{2}(?:[.,:]\\d{1,9})?";
const zone = "(?: ?(?:Z|UTC|GMT|[AP]M|[+-]\\d{2}:?\\d{2}))?";
const segment = "[\\w.+@%~$*-]{1,255}";
const topLevel = "(?:com|net|org|edu|gov|mil|int|io|dev|app|cloud|local|localdomain|internal|lan|arpa|info|biz|[a-z]{2})";
const amount = "\\d{1,12}(?:\\.\\d{1,12})?";

/**
 * The rules that every source uses, most specific first. None knows a system: shapes only.
 * `value` is what follows `key=`; `angled` such as <none>, which a placeholder could be taken for; `id` is a word that mixes letters and digits; `num` is any number left.
 * A rule that can match across a space has its words in `chunk-boundary.ts` too, which a test over both holds to.
 */
export const DEFAULT_RULES: readonly PlaceholderRule[] = [
	{ name: "url", pattern: `${start}[A-Za-z][A-Za-z0-9+.-]{1,15}://[^\\s"'<>\\\\)\\]},]{1,2048}` },
	{ name: "email", pattern: `${start}[\\w.+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\\.[A-Za-z0-9-]{1,63}){1,8}${end}` },
	{ name: "uuid", pattern: `${start}[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}${end}` },
	{ name: "token", pattern: `${start}eyJ[\\w-]{8,4096}\\.[\\w-]{2,8192}(?:\\.[\\w-]{0,4096})?` },
	{ name: "time-iso", placeholder: "time", pattern: `${start}\\d{4}[-/.]\\d{2}[-/.]\\d{2}(?:[T _-]${clock}${zone})?${end}` },
	{ name: "time-basic", placeholder: "time", pattern: `${start}\\d{8}T\\d{6}(?:[.,]\\d{1,9})?(?:Z|[+-]\\d{4})?${end}` },
	{
		name: "time-month",
		placeholder: "time",
		pattern: `${start}(?:${weekday},? )?(?:${month} {1,2}\\d{1,2}|\\d{1,2} ${month}),?(?: \\d{4})? ${clock}${zone}(?: \\d{4})?${end}`,
	},
	{ name: "time-access", placeholder: "time", pattern: `${start}\\d{1,2}[/-]${month}[/-]\\d{4}(?:[: ]${clock})?${zone}${end}` },
	{ name: "time-numbers", placeholder: "time", pattern: `${start}\\d{1,2}[/.-]\\d{1,2}[/.-]\\d{4},? ${clock}${zone}${end}` },
	{ name: "mac", pattern: `${start}[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5,19}${end}` },
	{ name: "time-clock", placeholder: "time", pattern: `${start}${clock}${zone}${end}` },
	{ name: "ip-v4", placeholder: "ip", pattern: `(?<![A-Za-z0-9_]|\\d\\.)/?${ipv4}(?::\\d{1,5}|/\\d{1,2})?(?![\\w.]*\\w)` },
	{ name: "ip-mapped", placeholder: "ip", pattern: `(?<![\\w:])::(?:[Ff]{4}:)?${ipv4}(?![\\w.:])` },
	{
		name: "ip-v6",
		placeholder: "ip",
		pattern: `(?<![\\w:])(?:${h16}(?::${h16}){7}|(?=[0-9A-Fa-f:]{0,39}\\d)(?:${h16}(?::${h16}){0,6})?::(?:${h16}(?::${h16}){0,6})?)(?:%[\\w-]{1,15})?(?![\\w:])`,
	},
	{ name: "path-windows", placeholder: "path", pattern: `(?<![\\w.:])[A-Za-z]:\\\\[^\\s"'<>|,;]{1,1024}` },
	{ name: "path-absolute", placeholder: "path", pattern: `(?<![\\w.~<>/-])(?:~|\\.{1,2})?(?:/${segment}){1,64}/?` },
	{ name: "path-relative", placeholder: "path", pattern: `${start}[A-Za-z_.-][\\w.-]{0,255}(?:/[\\w.@%+~-]{1,255}){2,64}/?` },
	{ name: "quoted", pattern: `(?<!\\w)"[^"\\s]{0,512}"(?!\\s?:)(?!\\w)|(?<![\\w'])'[^'\\s]{1,512}'(?!\\w)` },
	{ name: "angled", pattern: "<[a-z*][a-z0-9-]{0,62}>" },
	{ name: "address", pattern: `${start}0[xX][0-9A-Fa-f]{8,16}${end}|(?<=\\w)@[0-9a-f]{5,8}${end}` },
	{ name: "hex-prefixed", placeholder: "hex", pattern: `${start}0[xX][0-9A-Fa-f]{1,64}${end}` },
	{
		name: "hash",
		pattern: `${start}(?=[0-9A-Fa-f]{0,128}\\d)(?:[0-9A-Fa-f]{128}|[0-9A-Fa-f]{64}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{32})${end}`,
	},
	{ name: "host", pattern: `${start}(?:[A-Za-z0-9][A-Za-z0-9-]{0,62}\\.){1,9}${topLevel}(?::\\d{1,5})?(?![\\w.(-])` },
	{ name: "user", pattern: `(?<=(?:for|invalid|illegal|unknown) user )[\\w.$-]{1,64}` },
	{
		name: "duration-iso",
		placeholder: "duration",
		pattern: `${start}P(?=T?\\d)(?:\\d{1,6}[YMWD]){0,4}(?:T(?:${amount}[HMS]){1,3})?${end}`,
	},
	{
		name: "duration-parts",
		placeholder: "duration",
		pattern: `(?<![\\w.])-?(?=\\d{1,6}[dhms]\\d)(?:\\d{1,6}d)?(?:\\d{1,6}h)?(?:\\d{1,6}m(?!s))?(?:${amount}s)?(?:${amount}(?:ms|us|µs|ns))?${end}`,
	},
	{
		name: "duration",
		pattern: `(?<![\\w.])-?${amount}(?: ?(?:ns|us|µs|ms|s|msec|msecs|secs?|seconds?|milliseconds?|mins?|minutes?|hours?|hrs)|[smhd])${end}`,
	},
	{ name: "size", pattern: `(?<![\\w.])\\d{1,15}(?:\\.\\d{1,6})?(?: ?(?:[KkMGTP]i?B|bytes?)|[KMGTB]i?)${end}` },
	{ name: "value", pattern: "(?<=[\\w\\])]=)[^\\s,;()\\[\\]{}\"'<>=&]{1,512}" },
	{ name: "hex", pattern: `${start}(?=[0-9A-Fa-f]{0,31}\\d)(?=\\d{0,31}[A-Fa-f])[0-9A-Fa-f]{6,31}${end}` },
	{
		name: "id",
		pattern: `${start}(?=[A-Za-z]{0,40}\\d)(?:[A-Za-z]{1,40}\\d{1,40}|\\d{1,40}[A-Za-z]{1,40}){2,20}\\d{0,40}[A-Za-z]{0,40}${end}`,
	},
	{ name: "num", pattern: "(?<![\\w.)\\]])[-+]?\\d{1,40}(?:[.,]\\d{1,40}){0,8}(?:[eE][-+]?\\d{1,3})?%?" },
	{ name: "num-inside", placeholder: "num", pattern: "(?<=[A-Za-z])\\d(?=[A-Za-z_]{2})|[-+]?\\d{1,40}(?:\\.\\d{1,40}){0,8}%?" },
];
