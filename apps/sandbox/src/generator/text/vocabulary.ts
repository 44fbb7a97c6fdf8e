import type { Random } from "../random.ts";

/** Names of one generated system: coined, so that nothing can be learned by name. */
export interface Vocabulary {
	/** A word that no other call returns, three to nine letters. */
	word(): string;
	/** A service's name in the style of this system. */
	serviceName(role: string): string;
	/** What a service deals in ("norlet", "tavim"). */
	entities: string[];
	people: { name: string; login: string; mail: string }[];
	/** The package root of this system's code ("com.velmora"). */
	company: string;
	namespace: string;
	region: string;
}

const ONSETS = [
	"b",
	"br",
	"c",
	"cl",
	"d",
	"dr",
	"f",
	"fl",
	"g",
	"gr",
	"h",
	"j",
	"k",
	"l",
	"m",
	"n",
	"p",
	"pl",
	"qu",
	"r",
	"s",
	"st",
	"t",
	"tr",
	"v",
	"w",
	"z",
];
const VOWELS = ["a", "e", "i", "o", "u", "ai", "ea", "io", "ou"];
const CODAS = ["", "", "", "l", "m", "n", "r", "s", "t", "x", "nd", "rk", "st"];
const REGIONS = ["eu-west-1", "eu-central-1", "us-east-1", "us-west-2", "ap-southeast-2", "sa-east-1"];

export function createVocabulary(random: Random): Vocabulary {
	const taken = new Set<string>();
	const word = (): string => {
		for (;;) {
			const coined = Array.from({ length: random.int(1, 3) }, () => random.pick(ONSETS) + random.pick(VOWELS) + random.pick(CODAS)).join(
				"",
			);
			if (coined.length < 3 || coined.length > 9 || taken.has(coined)) continue;
			taken.add(coined);
			return coined;
		}
	};
	const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
	const company = word();
	const prefix = random.chance(0.25) ? `${word().slice(0, 3)}-` : "";
	const style = random.pick([
		(name: string) => name,
		(name: string, role: string) => `${name}-${role}`,
		(name: string, role: string) => `${name}${role}`,
		(name: string, role: string) => `${name}_${role}`,
		(name: string) => `${name}-${random.pick(["svc", "api", "app", "service"])}`,
	]);
	const people = Array.from({ length: random.int(5, 9) }, () => {
		const [first, last] = [word(), word()];
		return { name: `${capital(first)} ${capital(last)}`, login: `${first}.${last}`, mail: `${first}.${last}@${company}.example` };
	});
	return {
		word,
		serviceName: (role) => `${prefix}${style(word(), role)}`,
		entities: Array.from({ length: random.int(10, 20) }, word),
		people,
		company,
		namespace: random.pick([company, "prod", "default", `${company}-prod`]),
		region: random.pick(REGIONS),
	};
}

/** "norlet" as "norlets". */
export const plural = (noun: string): string => (/(?:s|x|z)$/.test(noun) ? `${noun}es` : `${noun}s`);

export const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** "foo-bar_baz" as "FooBarBaz". */
export const camel = (text: string): string =>
	text
		.split(/[^a-z0-9]+/i)
		.map(capitalised)
		.join("");
