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
		["glsa_", "glc_", "glpat-", "sntrys_", "sntryu_", "hvs."],
		/\b(?:glsa_|glc_|glpat-|sntrys_|sntryu_|hvs\.)[A-Za-z0-9_=+/-]{20,512}/g,
	),
	// no underscore: npm_config_... are names of its variables
	vendor("token", ["npm_"], /\bnpm_[A-Za-z0-9]{30,255}\b/g),
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
	{
		kind: "token",
		needs: ["://"],
		pattern: /:\/\/([A-Za-z0-9_-]{16,256})@/g,
		// letters alone are the name of an account or actor
		replace: (match, [value = ""]) => (/\d/.test(value) || value.length >= 32 ? "://[redacted:token]@" : match),
	},
	{
		kind: "token",
		pattern:
			/\b(authorization)(\\{0,3}["']?\s{0,4}[:=]\s{0,4}\\{0,3}["']?)(?:(?:Bearer|Basic|Token|Digest|Negotiate|AWS4-HMAC-SHA256)\s{1,4})?(?!\\{0,3}["']?\[redacted)([^\s,;"']{1,4096})/gi,
		replace: (match, [name = "", separator = "", value = ""]) =>
			match === `${name}${separator}${value}` && isPlainWord(value) ? match : `${name}${separator}[redacted:token]`,
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
		pattern: /\b((?:set-)?cookie)(\\{0,3}["']?\s{0,4}[:=]\s{0,4}\\{0,3}["']?)([A-Za-z0-9_.-]{1,64}=[^\r\n"']{1,4096})/gi,
		replace: (_match, [name = "", separator = ""]) => `${name}${separator}[redacted:cookie]`,
	},
	keyValue("secret", SECRET_WORDS, (value, name) => !isPlainWord(value) && !(NAMES_A_FILE.test(name) && isPath(value))),
	keyValue("token", TOKEN_WORDS, (value) => value.length >= 8 && /\d/.test(value) && !/\s/.test(value) && !isHandle(value)),
	{
		kind: "card",
		// not a part of an id (blk_4..., 4...f), a fraction or a negative number; "\n" may come before it where JSON is in JSON
		pattern: /(?:(?<![\w.-])|(?<=\\[nrt]))\d(?:[ -]?\d){12,18}(?![\w-]|\.\d)/g,
		replace: (match) => (isCardNumber(match) ? "[redacted:card]" : match),
	},
];

/** The account of a URL, which tells nobody's address ("postgres://app@db.example"). */
const ACCOUNT = /(?<!:\/\/(?=[A-Za-z0-9_-]{1,32}@))/;
/** After the "@": a version ("lib@1.2.0-rc.next"), an image's scale ("logo@2x.png"). */
const NO_DOMAIN = /(?!v?\d{1,5}\.\d{1,5}[.-]|\d(?:\.\d)?x\.)/;
/** After the "@": units of systemd, nodes by the names that a cluster or cloud gives them. */
const MACHINE =
	/(?![A-Za-z0-9_.:\\-]{0,128}\.(?:service|socket|timer|slice|scope|mount|svc|(?:svc|pod)\.cluster\.local|compute\.internal)(?![\w-]|\.\w))/;

/**
 * The look-behind lets a match begin only where a word does, and the local part is bounded: a long run without an "@" costs one try.
 * "git@host:" is where a repository is.
 */
export const EMAIL_RULE: Rule = {
	kind: "email",
	needs: ["@"],
	pattern: new RegExp(
		`(?<![A-Za-z0-9._%+-])${ACCOUNT.source}(?!git@[A-Za-z0-9.-]{1,100}:)[A-Za-z0-9_%+-](?:[A-Za-z0-9._%+-]{0,63})@${NO_DOMAIN.source}${MACHINE.source}[A-Za-z0-9](?:[A-Za-z0-9-]{0,62}\\.){1,8}[A-Za-z]{2,24}\\b`,
		"g",
	),
	replace: whole("email"),
};

function keyValue(kind: string, words: string, isSecret: (value: string, name: string) => boolean): Rule {
	return {
		kind,
		pattern: new RegExp(
			// chpasswd and /etc/passwd are a program and a file
			`(?<!\\bch|/etc/|bin/)((?:${words}))(\\\\{0,3}["']?\\s{0,4}(?:=>|[=:])\\s{0,4})(\\\\{1,3}"[^"\\\\\\r\\n]{1,1024}|"[^"\\r\\n]{1,1024}"|'[^'\\r\\n]{1,1024}'|[^\\s,;&"'<>(){}\\[\\]]{1,1024})`,
			"gi",
		),
		replace: (match, [name = "", separator = "", value = ""]) => {
			// in JSON within JSON the quotes are escaped, and the value ends before the next
			const escaped = /^\\+"/.exec(value)?.[0] ?? "";
			const quote = value.startsWith('"') || value.startsWith("'") ? value.charAt(0) : "";
			const bare = quote === "" ? value.slice(escaped.length) : value.slice(1, -1);
			return bare.startsWith("[redacted") || !isSecret(bare, name)
				? match
				: `${name}${separator}${escaped}${quote}[redacted:${kind}]${quote}`;
		},
	};
}

const PLAIN_WORDS =
	"null|nil|none|undefined|true|false|yes|ok|required|missing|invalid|incorrect|expired|empty|wrong|mismatch|unknown|unsupported|unset|too|must|cannot|should|does|has|have|not|no|is|was|are|in|from|for|at|exit|timeout|failed|failure|denied|allowed|granted|succeeded|error|access|permission|unable|could|header|authentication|attempt|rotated|operation|context|connection|request|server";

/** "password: required", "secret=null", "api_key = ?": words about a secret, or the place of one. */
const PLAIN_WORD = new RegExp(`^(?:${PLAIN_WORDS}|\\*+|x+|<[^>]*>|\\$\\{?[A-Z_]+\\}?|\\?|\\$\\d{1,2}|@p\\d{1,2}|%[sdvq])[.!]?$`, "i");

function isPlainWord(value: string): boolean {
	return PLAIN_WORD.test(value);
}

/** Names that as often hold where something is: PWD is the working folder. */
const NAMES_A_FILE = /^(?:pwd|private[_-]?key|signing[_-]?key|encryption[_-]?key|credentials?)$/i;

/** Two names deep, or a usual folder of the root; one name after a slash may be a password. */
function isPath(value: string): boolean {
	return /^(?:~|\.{0,2})(?:\/[\w.@-]{1,100}){2,30}\/?$|^\/(?:app|bin|data|etc|home|mnt|opt|root|run|srv|tmp|usr|var|workspace)?\/?$/.test(
		value,
	);
}

/** A number that a server counts up (0x14ede63a5a70002), or an object's name and hash as Java writes it: nobody gets in by one. */
function isHandle(value: string): boolean {
	return /^0x[0-9a-f]{1,16}$|^[A-Za-z_$][\w.$]{0,200}@[0-9a-f]{1,8}$/i.test(value);
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
