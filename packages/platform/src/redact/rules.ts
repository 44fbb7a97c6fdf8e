import { isCardNumber } from "./card-number.ts";

export interface Rule {
	kind: string;
	/** Global; every repeat bounded. */
	pattern: RegExp;
	/** Literals of which one must be present for the pattern to match at all: a cheap way past it. */
	needs?: readonly string[];
	/** What to put for a match; the match itself to leave it. */
	replace(match: string, groups: string[]): string;
}

const whole = (kind: string) => () => `[redacted:${kind}]`;

/** A token that a vendor marks by a prefix of its own. */
function vendor(kind: string, needs: string[], pattern: RegExp): Rule {
	return { kind, needs, pattern, replace: whole(kind) };
}

const SECRET_WORDS =
	"pass(?:word|wd|phrase)|pwd|client[_-]?secret|secret(?:[_-]?(?:key|access[_-]?key))?|api[_-]?key|access[_-]?key|account[_-]?key|shared[_-]?access[_-]?key|private[_-]?key|signing[_-]?key|encryption[_-]?key|credentials?";
const TOKEN_WORDS =
	"(?:access|refresh|id|auth|api|bearer|session|csrf|xsrf|security|private)?[_-]?token|session[_-]?id|x-amz-(?:signature|security-token|credential)|sig|signature";

/** Names of fields whose text value is a secret as a whole. */
export const SECRET_KEY_NAME = new RegExp(`(?:^|[._-]|(?<=[a-z]))(?:${SECRET_WORDS}|${TOKEN_WORDS}|authorization|(?:set-)?cookie)$`, "i");

/** Order matters: the whole-value rules run before the key=value ones, which skip what is already replaced. */
export const SECRET_RULES: readonly Rule[] = [
	vendor("jwt", ["eyJ"], /\beyJ[A-Za-z0-9_-]{8,4096}\.[A-Za-z0-9_-]{4,8192}(?:\.[A-Za-z0-9_-]{0,4096})?/g),
	vendor(
		"aws-key",
		["AKIA", "ASIA", "AIDA", "AROA", "AGPA", "ANPA", "ABIA", "ACCA"],
		/\b(?:AKIA|ASIA|AIDA|AROA|AGPA|ANPA|ABIA|ACCA)[A-Z0-9]{16}\b/g,
	),
	vendor("token", ["gh", "github_pat_"], /\b(?:gh[pousr]_[A-Za-z0-9]{30,255}|github_pat_[A-Za-z0-9_]{30,255})/g),
	vendor("token", ["xox", "xapp-"], /\b(?:xox[abeoprs]|xapp)-[A-Za-z0-9-]{10,255}/g),
	vendor("token", ["hooks.slack.com"], /hooks\.slack\.com\/services\/[A-Za-z0-9/_-]{10,128}/g),
	vendor(
		"token",
		["glsa_", "glc_", "glpat-", "sntrys_", "sntryu_", "npm_", "hvs."],
		/\b(?:glsa_|glc_|glpat-|sntrys_|sntryu_|npm_|hvs\.)[A-Za-z0-9_=+/-]{20,512}/g,
	),
	vendor("token", ["sk_", "rk_", "pk_live_", "whsec_"], /\b(?:(?:sk|rk)_(?:live|test)|pk_live|whsec)_[A-Za-z0-9]{10,255}/g),
	vendor("token", ["sk-"], /\bsk-(?:[a-z]{2,10}-){0,3}[A-Za-z0-9_-]{20,255}/g),
	vendor("token", ["AIza", "ya29."], /\b(?:AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,512})/g),
	vendor("token", ["SG."], /\bSG\.[A-Za-z0-9_-]{16,64}\.[A-Za-z0-9_-]{16,64}/g),
	{
		kind: "password",
		needs: ["://"],
		// the user stays: it tells which account is meant
		// greedy to the last "@" before a slash, else to the first after one; a port is no password
		pattern: /:\/\/((?!\[redacted)[^\s/@:"'<>]{0,128}):(?!\d{1,5}(?:[/?#]|$))(?:[^\s/"'<>]{1,256}|[^\s@"'<>]{1,256})@/g,
		replace: (_match, [user = ""]) => `://${user}:[redacted:password]@`,
	},
	{ kind: "token", needs: ["://"], pattern: /:\/\/[A-Za-z0-9_-]{16,256}@/g, replace: () => "://[redacted:token]@" },
	{
		kind: "token",
		pattern:
			/\b(authorization)(["']?\s{0,4}[:=]\s{0,4}["']?)(?:(?:Bearer|Basic|Token|Digest|Negotiate|AWS4-HMAC-SHA256)\s{1,4})?(?!\[redacted)[^\s,;"']{1,4096}/gi,
		replace: (_match, [name = "", separator = ""]) => `${name}${separator}[redacted:token]`,
	},
	{
		kind: "token",
		pattern: /\b(Bearer|Basic)(\s{1,4})([A-Za-z0-9._~+/=-]{8,4096})/gi,
		// "bearer authentication failed" is prose; a credential has a digit or is long
		replace: (match, [scheme = "", space = "", value = ""]) =>
			/\d/.test(value) || value.length >= 24 ? `${scheme}${space}[redacted:token]` : match,
	},
	{
		kind: "cookie",
		pattern: /\b((?:set-)?cookie)(["']?\s{0,4}[:=]\s{0,4}["']?)([A-Za-z0-9_.-]{1,64}=[^\r\n"']{1,4096})/gi,
		replace: (_match, [name = "", separator = ""]) => `${name}${separator}[redacted:cookie]`,
	},
	keyValue("secret", SECRET_WORDS, (value) => !isPlainWord(value)),
	keyValue("token", TOKEN_WORDS, (value) => value.length >= 8 && /\d/.test(value)),
	{
		kind: "card",
		pattern: /(?<![\d.-])\d(?:[ -]?\d){12,18}(?![\d.-])/g,
		replace: (match) => (isCardNumber(match) ? "[redacted:card]" : match),
	},
];

/** The look-behind lets a match begin only where a word does, and the local part is bounded: a long run without an "@" costs one try. */
export const EMAIL_RULE: Rule = {
	kind: "email",
	needs: ["@"],
	pattern: /(?<![A-Za-z0-9._%+-])[A-Za-z0-9_%+-](?:[A-Za-z0-9._%+-]{0,63})@[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\.){1,8}[A-Za-z]{2,24}\b/g,
	replace: whole("email"),
};

function keyValue(kind: string, words: string, isSecret: (value: string) => boolean): Rule {
	return {
		kind,
		pattern: new RegExp(
			`((?:${words}))(["']?\\s{0,4}(?:=>|[=:])\\s{0,4})("[^"\\r\\n]{1,1024}"|'[^'\\r\\n]{1,1024}'|[^\\s,;&"'<>(){}\\[\\]]{1,1024})`,
			"gi",
		),
		replace: (match, [name = "", separator = "", value = ""]) => {
			const quote = value.startsWith('"') || value.startsWith("'") ? value.charAt(0) : "";
			const bare = quote === "" ? value : value.slice(1, -1);
			return bare.startsWith("[redacted") || !isSecret(bare) ? match : `${name}${separator}${quote}[redacted:${kind}]${quote}`;
		},
	};
}

/** "password: required", "secret=null": words about a secret, not one. */
function isPlainWord(value: string): boolean {
	return /^(?:null|nil|none|undefined|true|false|required|missing|invalid|incorrect|expired|empty|wrong|not|is|was|\*+|x+|<[^>]*>|\$\{?[A-Z_]+\}?)$/i.test(
		value,
	);
}

const BEGIN = /-----BEGIN [A-Z ]{0,32}PRIVATE KEY(?: BLOCK)?-----/g;

/** PEM blocks may be long and may miss their end (a cut line): then everything that looks like their body goes. */
export function cutPrivateKeys(text: string): { text: string; count: number } {
	if (!text.includes("PRIVATE KEY")) return { text, count: 0 };
	let out = "";
	let from = 0;
	let count = 0;
	for (const match of text.matchAll(BEGIN)) {
		if (match.index < from) continue;
		out += `${text.slice(from, match.index)}[redacted:private-key]`;
		count += 1;
		const body = match.index + match[0].length;
		const end = text.indexOf("-----END ", body);
		const close = end < 0 ? -1 : text.indexOf("-----", end + 9);
		from = close < 0 ? text.length : close + 5;
	}
	return { text: out + text.slice(from), count };
}
